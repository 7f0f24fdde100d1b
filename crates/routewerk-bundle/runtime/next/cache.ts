/**
 * `next/cache`, as far as it goes without a cache.
 *
 * What throws in a Route Handler of Next.js throws here too, with its texts and its checks. Nothing is cached yet:
 * `unstable_cache` calls through, and `revalidatePath` and `revalidateTag` check their arguments and have nothing to
 * drop.
 */
import { markDynamic } from '../cache/dynamic.ts';
import { logValue } from '../handler/host.ts';
import { currentScope, requireScope } from '../handler/scope.ts';

const MAX_PATH = 1024;
const MAX_TAG = 256;
const MAX_TAGS = 128;

/** Options of `unstable_cache`. */
export interface CacheOptions {
  revalidate?: number | false;
  tags?: string[];
}

/** A function whose results may be kept. Called through: nothing is kept yet. */
export function unstable_cache<A extends unknown[], R>(
  callback: (...args: A) => Promise<R>,
  _keyParts?: string[],
  options: CacheOptions = {},
): (...args: A) => Promise<R> {
  if (options.revalidate === 0) {
    throw new Error(
      `Invariant revalidate: 0 can not be passed to unstable_cache(), must be "false" or "> 0" ${String(callback)}`,
    );
  }
  checkTags(options.tags ?? [], `unstable_cache ${String(callback)}`);
  checkRevalidate(options.revalidate, `unstable_cache ${callback.name || String(callback)}`);
  return async (...args) => callback(...args);
}

/** Drops what was made for a path. */
export function revalidatePath(path: string, type?: 'layout' | 'page' | 'route'): void {
  if (path.length > MAX_PATH) {
    warn(
      `Warning: revalidatePath received "${path}" which exceeded max length of ${MAX_PATH}. See more info here https://nextjs.org/docs/app/api-reference/functions/revalidatePath`,
    );
    return;
  }
  if (!type && /\/\[[^/]+\](?=\/|$)/.test(path)) {
    warn(
      `Warning: a dynamic page path "${path}" was passed to "revalidatePath", but the "type" parameter is missing. This has no effect by default, see more info here https://nextjs.org/docs/app/api-reference/functions/revalidatePath`,
    );
  }
  requireStore(`revalidatePath(${JSON.stringify(path)})`);
}

/** Drops what carries a tag. */
export function revalidateTag(tag: string, profile?: string | { expire?: number }): void {
  if (!profile) {
    warn(
      '"revalidateTag" without the second argument is now deprecated, add second argument of "max" or use "updateTag". See more info here: https://nextjs.org/docs/messages/revalidate-tag-single-arg',
    );
  }
  requireStore(`revalidateTag(${JSON.stringify(tag)})`);
}

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

/** Keeps a route from being static; at request time there is nothing to keep it from. */
export function unstable_noStore(): void {
  const scope = currentScope();
  if (scope === undefined || scope.dynamic === 'force-static') {
    return;
  }
  const work = scope.cacheWork();
  work.isNoStore = true;
  markDynamic(work, 'unstable_noStore()');
}

/** Says that what follows does I/O; resolves at once at request time. */
export function io(): Promise<void> {
  return Promise.resolve();
}

/** Needs `cacheComponents`. */
export function cacheLife(_profile: unknown): never {
  throw new Error('`cacheLife()` is only available with the `cacheComponents` config.');
}

/** Needs `cacheComponents`. */
export function cacheTag(..._tags: string[]): never {
  throw new Error('`cacheTag()` is only available with the `cacheComponents` config.');
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
export function unstable_cacheLife(profile: unknown): never {
  if (!hasWarnedLife) {
    hasWarnedLife = true;
    logStabilised('cacheLife');
  }
  return cacheLife(profile);
}

/** The earlier name of `cacheTag`. */
export function unstable_cacheTag(...tags: string[]): never {
  if (!hasWarnedTag) {
    hasWarnedTag = true;
    logStabilised('cacheTag');
  }
  return cacheTag(...tags);
}

function logStabilised(name: string): void {
  const text = `\`unstable_${name}\` was recently stabilized and should be imported as \`${name}\`. The \`unstable\` prefixed form will be removed in a future version of Next.js.`;
  logValue('error', '', new Error(text));
}

/** Outside a request there is nothing that could be dropped. */
function requireStore(expression: string): void {
  if (currentScope() === undefined) {
    throw new Error(`Invariant: static generation store missing in ${expression}`);
  }
}

function checkRevalidate(revalidate: unknown, what: string): void {
  if (revalidate === undefined || revalidate === false) {
    return;
  }
  if (typeof revalidate !== 'number' || Number.isNaN(revalidate) || revalidate < 0) {
    throw new Error(
      `Invalid revalidate value "${String(revalidate)}" on "${what}", must be a non-negative number or false`,
    );
  }
}

function checkTags(tags: readonly unknown[], what: string): void {
  const wrong: string[] = [];
  tags.forEach((tag, index) => {
    if (typeof tag !== 'string') {
      wrong.push(`tag: "${String(tag)}" invalid type, must be a string`);
    } else if (tag.length > MAX_TAG) {
      wrong.push(`tag: "${tag}" exceeded max length of ${MAX_TAG}`);
    } else if (index === MAX_TAGS) {
      wrong.push(`Warning: exceeded max tag count for ${what}, dropped tags: ${tags.slice(index).join(', ')}`);
    }
  });
  if (wrong.length !== 0) {
    warn(`Warning: invalid tags passed to ${what}: \n${wrong.join('\n')}`);
  }
}

function warn(text: string): void {
  logValue('warn', '', text);
}
