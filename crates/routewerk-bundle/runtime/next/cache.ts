/**
 * `next/cache`. What throws in a Route Handler of Next.js throws here too, with its texts and its checks.
 *
 * What is kept is in the front; `runtime/cache/` is the way there.
 */
import { cacheLife, cacheTag } from '../cache/use-cache/cache-life.ts';
import { cachedContext } from '../cache/context.ts';
import { markDynamic, waitForRequest } from '../cache/dynamic/dynamic.ts';
import { logValue } from '../handler/host.ts';
import { currentScope, requireScope } from '../handler/scope.ts';

export { cacheLife, cacheTag } from '../cache/use-cache/cache-life.ts';
export { revalidatePath, revalidateTag } from '../cache/invalidate.ts';
export { unstable_cache } from '../cache/unstable-cache.ts';

/** Belongs to server actions. */
export function updateTag(_tag: string): never {
  throw new Error(
    'updateTag can only be called from within a Server Action. To invalidate cache tags in Route Handlers or other contexts, use revalidateTag instead. See more info here: https://nextjs.org/docs/app/api-reference/functions/updateTag',
  );
}

/** Belongs to server actions. */
export function refresh(): never {
  throw new Error(
    'refresh can only be called from within a Server Action. See more info here: https://nextjs.org/docs/app/api-reference/functions/refresh',
  );
}

/** Keeps a route from being static, and what is fetched from being kept. */
export function unstable_noStore(): void {
  const scope = currentScope();
  if (scope === undefined || scope.dynamic === 'force-static') {
    return;
  }
  const work = scope.cacheWork();
  if (work.trial !== null) {
    // It says nothing with `cacheComponents`.
    return;
  }
  work.isNoStore = true;
  markDynamic(work, 'unstable_noStore()');
}

/** Says that what follows does I/O; resolves at once at request time and in cached functions, in no generation with `cacheComponents`. */
export function io(): Promise<void> {
  const work = cachedContext() === undefined ? (currentScope()?.work ?? null) : null;
  return (work?.trial ? waitForRequest(work, 'io') : null) ?? Promise.resolve();
}

/** Needs `cacheComponents`. */
export function prefetch(): never {
  return refuseStage('prefetch');
}

/** Needs `cacheComponents`. */
export function navigation(): never {
  return refuseStage('navigation');
}

function refuseStage(name: string): never {
  const { route } = requireScope(name);
  throw new Error(
    `Route ${route} used \`${name}()\`, which requires Cache Components to be enabled. Learn more: https://nextjs.org/docs/app/api-reference/config/next-config-js/cacheComponents`,
  );
}

let hasWarnedLife = false;
let hasWarnedTag = false;

/** The earlier name of `cacheLife`. */
export function unstable_cacheLife(profile: unknown): void {
  if (!hasWarnedLife) {
    hasWarnedLife = true;
    logStabilised('cacheLife');
  }
  cacheLife(profile);
}

/** The earlier name of `cacheTag`. */
export function unstable_cacheTag(...tags: string[]): void {
  if (!hasWarnedTag) {
    hasWarnedTag = true;
    logStabilised('cacheTag');
  }
  cacheTag(...tags);
}

function logStabilised(name: string): void {
  const text = `\`unstable_${name}\` was recently stabilized and should be imported as \`${name}\`. The \`unstable\` prefixed form will be removed in a future version of Next.js.`;
  logValue('error', '', new Error(text));
}
