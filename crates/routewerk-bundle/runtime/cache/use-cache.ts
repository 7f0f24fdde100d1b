/**
 * `'use cache'`: the compiler makes of a function with the directive one that asks here (`src/use_cache.rs`).
 *
 * What a function returns is kept under its place in the build, its arguments and the variables that it captures. Every caller gets a
 * value of his own, read from text, also the first. What follows `use cache: ` says where it is kept: in a module of the user's
 * (`cacheHandlers` of next.config), else in the front; `private` values live as long as their request.
 */
import { settings } from '../handler/host.ts';
import { currentScope } from '../handler/scope.ts';
import { isDraftCall } from '../next/draft-mode.ts';
import { CachedRun } from './cached-run.ts';
import type { Kept } from './cached-run.ts';
import { cachedContext } from './context.ts';
import { flatten, unflatten } from './flatten.ts';
import { frontValue } from './front-value.ts';
import { handledValue, readyForDraft } from './handled-value.ts';
import { KeyHash } from './key.ts';
import { privateValue } from './private-value.ts';
import type { UserHandler } from './user-handler.ts';
import { userHandler } from './user-handlers.ts';

/**
 * Calls a cached function. `id` is its place, `kind` what follows `use cache: `, `count` how many arguments it takes (-1: all),
 * `captured` the variables of the functions around it that it uses.
 */
export async function useCache(
  id: string,
  kind: string,
  count: number,
  captured: readonly unknown[],
  given: ArrayLike<unknown>,
  run: (...args: unknown[]) => unknown,
): Promise<unknown> {
  const scope = currentScope();
  const outer = cachedContext();
  const handler = kind === 'private' ? null : userHandler(kind);
  const args = Array.from(given).slice(0, count === -1 ? undefined : count);
  const variables = await flatten(captured, false);
  const argumentText = await flatten(args, true);
  const build = settings()?.buildId ?? '';
  const key = new KeyHash('use-cache').add(build).add(id).add(kind).add(variables).add(argumentText).hex();
  const cached = new CachedRun(key, scope, outer, () => run(...(unflatten(argumentText) as unknown[])));
  return kind === 'private' ? privateValue(cached) : sharedValue(cached, handler);
}

async function sharedValue(run: CachedRun, handler: UserHandler | null): Promise<unknown> {
  const { scope, key } = run;
  if (scope !== undefined && isDraftCall(scope)) {
    return run.read(await draftValue(run, handler));
  }
  if (scope?.work?.failedValues.has(key) === true) {
    // What has failed is not tried again for the same request, as in Next.js.
    throw scope.work.failedValues.get(key);
  }
  const known = scope?.work?.trial?.values.get(key) as Kept | undefined;
  if (known !== undefined) {
    return run.read(known);
  }
  const look = async (): Promise<unknown> => run.read(await (handler === null ? frontValue(run) : handledValue(run, handler)));
  return scope === undefined ? look() : scope.cacheWork().reading(look);
}

/** Nothing that is kept is used for who sees drafts, and nothing is kept beyond the request. */
async function draftValue(run: CachedRun, handler: UserHandler | null): Promise<Kept> {
  const values = run.scope?.cacheWork().privateValues;
  const earlier = values?.get(run.key) as Promise<Kept> | undefined;
  const making =
    earlier ??
    (async (): Promise<Kept> => {
      await readyForDraft(run, handler);
      const outcome = await run.make('use-cache');
      if (!('kept' in outcome)) {
        throw outcome.shown;
      }
      return outcome.kept;
    })();
  values?.set(run.key, making);
  return making;
}
