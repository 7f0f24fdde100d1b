/**
 * Cached functions that live briefly inside of one that says nothing of its own lifetime: the outer one would become dynamic without
 * a word in its code, so what is prerendered with it fails, in Next.js's words.
 *
 * Known of what a generation has just made alone: a value that was kept before only makes the route dynamic (Next.js).
 */
import type { CachedLife, Term } from './cached-life.ts';
import { lifeProfile } from '../life.ts';

/** Shorter than this, in seconds, is no part of what is prerendered. */
export const SHORTEST_EXPIRE = 300;

const DOCS = 'https://nextjs.org/docs/messages/nested-use-cache-no-explicit-cachelife';

/** What prerendering fails with, by the facts of the value. */
const refusals = new WeakMap<object, Error>();

/** The call of a cached function inside of another one, as the error shows it. */
export class NestedCall extends Error {
  static {
    Object.defineProperty(NestedCall.prototype, 'name', { value: 'Nested dynamic "use cache"' });
  }

  constructor() {
    super('This "use cache" has a dynamic cache life that was propagated to its parent.');
  }
}

/** Whether a value is no part of what is prerendered, because of what its function says of the server. */
export function isDynamicLife({ revalidate, expire }: Term): boolean {
  return revalidate === 0 || expire < SHORTEST_EXPIRE;
}

/** Notes of a value just made whether it is another function that has made it dynamic. */
export function noteNestedLife(kept: Term, life: CachedLife, route: string): void {
  const call = life.shortenedBy;
  const base = lifeProfile('default');
  if (call === null || !isDynamicLife(kept) || (base?.revalidate ?? 1) === 0 || (base?.expire ?? SHORTEST_EXPIRE) < SHORTEST_EXPIRE) {
    return;
  }
  const isZero = kept.revalidate === 0;
  if (life.hasSaid(isZero ? 'revalidate' : 'expire')) {
    return;
  }
  const [what, longer, brief] = isZero
    ? ['`revalidate: 0`', 'a non-zero `revalidate`', '`revalidate: 0`']
    : ['a short `expire` (under 5 minutes)', 'a longer `expire`', 'a short `expire`'];
  const text =
    `Route "${route}": A nested \`"use cache"\` with ${what} is inside an outer \`"use cache"\` that has no \`cacheLife()\`. Add ` +
    `\`cacheLife()\` to the outer one to choose whether to prerender it with ${longer} or keep it dynamic with ${brief}.\nLearn more: ${DOCS}`;
  refusals.set(kept, new Error(text, { cause: call }));
}

/** Why a value cannot be prerendered; null where it may be, or only makes its route dynamic. */
export function refusedLife(kept: Term): Error | null {
  return refusals.get(kept) ?? null;
}
