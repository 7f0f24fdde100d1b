/**
 * `cacheLife` and `cacheTag`: what a `'use cache'` function says of what it returns.
 */
import { settings } from '../../handler/host.ts';
import { currentScope } from '../../handler/scope.ts';
import { CachedLife } from './cached-life.ts';
import { cachedContext } from '../context.ts';
import { lifeProfile, normaliseLife } from '../life.ts';
import type { CacheLife } from '../life.ts';
import { usableTags } from '../tags.ts';

/** Says how long the value is good: a profile of next.config or one of Next.js's, or a lifetime. */
export function cacheLife(profile: unknown): void {
  const life = lifeOf('cacheLife', 'cache-life-outside-use-cache');
  if (typeof profile === 'string') {
    const known = lifeProfile(profile);
    if (known === null) {
      const isSpaced = lifeProfile(profile.trim()) !== null;
      const advice = isSpaced ? `Did you mean "${profile.trim()}" without the spaces?` : `module.exports = {\n  cacheLife: {\n    "${profile}": ...\n  }\n}`;
      throw new Error(
        `Unknown \`cacheLife()\` profile "${profile}" is not configured in next.config.js\n${advice}`,
      );
    }
    life?.say(known);
  } else if (typeof profile !== 'object' || profile === null || Array.isArray(profile)) {
    throw new Error('Invalid `cacheLife()` option. Either pass a profile name or object.');
  } else {
    life?.say(normaliseLife(profile as CacheLife));
  }
}

/** Tags the value. */
export function cacheTag(...tags: unknown[]): void {
  const life = lifeOf('cacheTag', 'cache-tag-outside-use-cache');
  usableTags(tags, '`cacheTag()`').forEach((tag) => life?.tags.add(tag));
}

/** The cached function around; null in a private one, whose lifetime nothing depends on. Throws where there is none. */
function lifeOf(name: string, page: string): CachedLife | null {
  if (settings()?.cacheComponents !== true && settings()?.useCache !== true) {
    throw new Error(`\`${name}()\` is only available with the \`cacheComponents\` config.`);
  }
  const context = cachedContext();
  if (context === undefined || !(context.lifetime instanceof CachedLife)) {
    const route = context?.route ?? currentScope()?.route;
    const prefix = route === undefined ? '' : `Route "${route}": `;
    throw new Error(
      `${prefix}\`${name}()\` can only be called inside a \`"use cache"\` or \`"use cache: private"\` function.\nLearn more: https://nextjs.org/docs/messages/${page}`,
    );
  }
  return context.lifetime;
}
