/**
 * `revalidatePath` and `revalidateTag`: what they name is noted with the call, and told to the front when the handler
 * has resolved, before its reply leaves.
 */
import { logValue } from '../handler/host.ts';
import { currentScope } from '../handler/scope.ts';
import { cachedContext } from './context.ts';
import { interruption } from './dynamic/dynamic.ts';
import { normaliseLife } from './life.ts';
import type { CacheLife } from './life.ts';
import { encodeTag, PATH_TAG } from './tags.ts';
import type { CacheWork, TagProfile } from './work.ts';

const MAX_PATH = 1024;
const DOCS = 'https://nextjs.org/docs/app/api-reference/functions/revalidatePath';

/** Drops what was made for a path, or with a type for all paths of a pattern. */
export function revalidatePath(path: string, type?: 'layout' | 'page' | 'route'): void {
  if (path.length > MAX_PATH) {
    warn(`Warning: revalidatePath received "${path}" which exceeded max length of ${MAX_PATH}. See more info here ${DOCS}`);
    return;
  }
  let tag = `${PATH_TAG}${encodeTag(entrySpelling(withoutTrailingSlash(path)))}`;
  if (type) {
    tag += `${tag.endsWith('/') ? '' : '/'}${type}`;
  } else if (/\/\[[^/]+\](?=\/|$)/.test(path)) {
    warn(
      `Warning: a dynamic page path "${path}" was passed to "revalidatePath", but the "type" parameter is missing. This has no effect by default, see more info here ${DOCS}`,
    );
  }
  const work = workToInvalidate(`revalidatePath(${JSON.stringify(path)})`);
  work.invalidate(tag, undefined);
  // `/` and `/index` are one path.
  if (tag === `${PATH_TAG}/`) {
    work.invalidate(`${PATH_TAG}/index`, undefined);
  } else if (tag === `${PATH_TAG}/index`) {
    work.invalidate(`${PATH_TAG}/`, undefined);
  }
}

/** Drops what carries a tag: at once, or with a profile stale first and for good after its `expire`. */
export function revalidateTag(tag: string, profile?: string | CacheLife): void {
  let used: TagProfile;
  if (!profile) {
    warn(
      '"revalidateTag" without the second argument is now deprecated, add second argument of "max" or use "updateTag". See more info here: https://nextjs.org/docs/messages/revalidate-tag-single-arg',
    );
  } else {
    used = typeof profile === 'object' ? normaliseLife(profile) : profile;
  }
  workToInvalidate(`revalidateTag(${JSON.stringify(tag)})`).invalidate(encodeTag(String(tag)), used);
}

/** The call whose handler invalidates something, or Next.js's error where it cannot. */
function workToInvalidate(expression: string): CacheWork {
  const context = cachedContext();
  if (context !== undefined) {
    const where = context.kind === 'generator' ? '`generateStaticParams`' : 'a cached function';
    throw new Error(
      `Route "${context.route}": \`${expression}\` can't be called inside ${where}. Call it from a Server Action or Route ` +
        'Handler instead.\nLearn more: https://nextjs.org/docs/messages/revalidate-in-use-cache',
    );
  }
  const scope = currentScope();
  if (scope === undefined) {
    throw new Error(`Invariant: static generation store missing in ${expression}`);
  }
  const work = scope.cacheWork();
  if (work.isGeneration) {
    throw interruption(work, expression);
  }
  return work;
}

/** `''` names nothing by itself, and with a type everything. */
function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** What `encodeURIComponent` escapes and a path need not: an entry's path has these signs bare (`caching/canonical.rs`). */
const NEEDLESS_ESCAPE = /%(?:2[46bBcC]|3[aAbBdD]|40)/g;

function entrySpelling(path: string): string {
  return path.replace(NEEDLESS_ESCAPE, decodeURIComponent);
}

function warn(text: string): void {
  logValue('warn', '', text);
}
