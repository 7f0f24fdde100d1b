/**
 * `unstable_cache`: a function whose results are kept in the front, as JSON.
 *
 * The key is the function's text, its key parts and its arguments. As in Next.js the first caller gets what the function has
 * returned, later ones what JSON makes of it; a stale result is handed out while it is made anew; inside a generation the
 * new one is waited for, so that no entry is made of stale parts.
 */
import { isDevelopment, logValue, settings } from '../handler/host.ts';
import { trackWork } from '../handler/after.ts';
import { currentScope } from '../handler/scope.ts';
import type { CallScope } from '../handler/scope.ts';
import { isDraftCall } from '../next/draft-mode.ts';
import { requestUrl } from '../web/request.ts';
import { cachedContext, runCached } from './context.ts';
import { find, giveUp, store } from './front.ts';
import type { Found, Waiting } from './front.ts';
import { guardRequest } from './dynamic/guarded-request.ts';
import { addArguments } from './argument-key.ts';
import { KeyHash } from './key.ts';
import { INFINITE } from './life.ts';
import { forFront, readRevalidate } from './seconds.ts';
import { isHardReload, mustSkip, mustSkipFetch } from './skip.ts';
import { tooLarge } from './size.ts';
import { usableTags } from './tags.ts';
import { hasUserStore } from './user/user-store.ts';
import { findUserValue, keepUserValue, NOTHING, refuseUserValue } from './user/user-values.ts';

/** Next.js writes a year where a result is kept for good. */
const ONE_YEAR = 31536000;

/** Options of `unstable_cache`. */
export interface CacheOptions {
  revalidate?: number | false;
  tags?: string[];
}

/** A cached function, as it was defined. */
interface Definition<A extends unknown[], R> {
  readonly callback: (...args: A) => Promise<R>;
  readonly text: string;
  /** None at all and an empty list are two keys. */
  readonly keyParts: readonly string[] | null;
  readonly tags: readonly string[];
  readonly revalidate: number | undefined;
}

/** Makes a function whose results are kept. */
export function unstable_cache<A extends unknown[], R>(
  callback: (...args: A) => Promise<R>,
  keyParts?: string[],
  options: CacheOptions = {},
): (...args: A) => Promise<R> {
  const text = String(callback);
  if (options.revalidate === 0) {
    throw new Error(`Invariant revalidate: 0 can not be passed to unstable_cache(), must be "false" or "> 0" ${text}`);
  }
  const tags = options.tags ? usableTags(options.tags, `unstable_cache ${text}`) : [];
  const revalidate = readRevalidate(options.revalidate, `unstable_cache ${callback.name || text}`);
  const definition: Definition<A, R> = {
    ...{ callback, text, tags, revalidate },
    keyParts: Array.isArray(keyParts) ? keyParts.map(String) : null,
  };
  return async (...args) => callCached(definition, args);
}

/** Arguments that were changed between the call and the run: what comes of them belongs to another key. */
const changed = new WeakSet<readonly unknown[]>();

function isStillKey(key: string, definition: Definition<never, unknown>, args: readonly unknown[]): boolean {
  try {
    return keyOf(definition, args) === key;
  } catch {
    return false;
  }
}

async function callCached<A extends unknown[], R>(definition: Definition<A, R>, args: A): Promise<R> {
  const scope = currentScope();
  const context = cachedContext();
  const isNested = context?.kind === 'unstable-cache';
  noteUse(scope, definition);
  const key = keyOf(definition, args);
  const run = (): Promise<R> => {
    if (scope !== undefined) {
      guardRequest(scope);
    }
    if (!isStillKey(key, definition, args)) {
      changed.add(args);
    }
    return runCached(innerContext(scope), async () => definition.callback(...args));
  };
  if (scope !== undefined && isDraftCall(scope)) {
    // What is made of drafts is not kept.
    return run();
  }
  const trial = scope?.work?.trial ?? null;
  if (trial !== null && !isNested && trial.values.has(key)) {
    return parse<R>(trial.values.get(key) as Uint8Array);
  }
  return scope === undefined ? callOrMake(definition, key, scope, args, isNested, run) : scope.cacheWork().reading(() => callOrMake(definition, key, scope, args, isNested, run));
}

/** What is kept, or what the function returns now. */
async function callOrMake<A extends unknown[], R>(
  definition: Definition<A, R>,
  key: string,
  scope: CallScope | undefined,
  args: A,
  isNested: boolean,
  run: () => Promise<R>,
): Promise<R> {
  // What this call has just made is stored before it is asked for again: the front takes questions in any order.
  await scope?.work?.underWay(storing(key));
  const tags = [...definition.tags, ...(scope?.cacheWork().implicitTags ?? [])];
  // A nested call is made anew, as in Next.js, and what it returns is kept all the same.
  const isSkipped = isNested || scope?.fetchCache === 'force-no-store' || (scope !== undefined && (await isPassedOver(scope, tags)));
  const isFreshWanted = scope === undefined || scope.work?.isGeneration === true;
  // In the user's own store it may have been made anew by another part of the call before the tags have been judged.
  const wasUnderWay = hasUserStore() && scope?.work?.underWay(key) !== undefined;
  const waiting = isSkipped ? 'never' : isFreshWanted ? 'stale' : 'missing';
  const found = hasUserStore()
    ? await askUser(definition, key, scope, isNested)
    : await lookUp(key, tags, definition.revalidate, waiting);
  if (isSkipped || found === null || found.value === null) {
    return made(definition, key, found, scope, args, run);
  }
  let kept: R;
  try {
    kept = parse<R>(found.value);
  } catch (failure) {
    // What the front keeps was written here.
    await refuseUserValue(scope, `its \`body\` is no JSON: ${String(failure)}`);
    return made(definition, key, found, scope, args, run);
  }
  if (!found.isStale) {
    scope?.work?.trial?.values.set(key, found.value);
    return kept;
  }
  if (scope === undefined) {
    return made(definition, key, found, scope, args, run);
  }
  const refresh = (): Promise<R> =>
    made(definition, key, found, scope, args, run).catch((failure: unknown) => {
      logValue('error', `revalidating cache with key: ${definition.text} `, failure);
      return kept;
    });
  const current = scope.cacheWork();
  if (current.isGeneration) {
    return refresh();
  }
  if (found.lead && !wasUnderWay && current.underWay(key) === undefined) {
    current.track(key, refresh());
  }
  return kept;
}

/** Calls the function and stores what it returns, which nobody waits for. */
async function made<A extends unknown[], R>(
  definition: Definition<A, R>,
  key: string,
  found: Found | null,
  scope: CallScope | undefined,
  args: A,
  run: () => Promise<R>,
): Promise<R> {
  let result: R;
  try {
    result = await run();
  } catch (failure) {
    await release(key, found);
    throw failure;
  }
  const kept = keep(definition, key, found, scope, args, result);
  const work = scope?.cacheWork();
  if (work === undefined) {
    trackWork(kept);
  } else {
    work.track(storing(key), kept);
  }
  return result;
}

/** The name of what stores a value. */
function storing(key: string): string {
  return `store ${key}`;
}

/** Never rejects: what cannot be stored is logged. */
async function keep<A extends unknown[], R>(
  definition: Definition<A, R>,
  key: string,
  found: Found | null,
  scope: CallScope | undefined,
  args: A,
  result: R,
): Promise<void> {
  if (found === null) {
    return;
  }
  if (changed.has(args)) {
    await release(key, found);
    return;
  }
  try {
    // `undefined` has no JSON text.
    const text = JSON.stringify(result) ?? '';
    const value = Buffer.from(text, 'utf8');
    scope?.work?.trial?.values.set(key, value);
    const data = { headers: {}, body: result === undefined ? undefined : '', status: 200, url: '' };
    const name = shownName(definition, key, scope);
    const problem = tooLarge({ kind: 'FETCH', data, revalidate: definition.revalidate ?? 31536000 }, jsonLength(text), name);
    if (problem !== null) {
      await release(key, found);
      if (isDevelopment()) {
        throw new Error(problem);
      }
      logValue('warn', '', problem);
      return;
    }
    if (hasUserStore()) {
      const stored = { headers: {}, body: result === undefined ? undefined : text, status: 200, url: '' };
      const context = { fetchCache: true, tags: [...definition.tags], fetchIdx: found.index, fetchUrl: name };
      await keepUserValue(scope, key, stored, definition.revalidate ?? ONE_YEAR, context);
      return;
    }
    const revalidate = forFront(definition.revalidate ?? INFINITE);
    const { sequence } = found;
    await store({ key, kind: 'function', value, tags: definition.tags, revalidate, expire: null, sequence });
  } catch (failure) {
    logValue('error', `a result of \`unstable_cache\` was not stored (${args.length} arguments): `, failure);
    await release(key, found);
  }
}

/** Whether a call takes nothing stored: the user's own store hears of invalidations when the handler has resolved, as in Next.js. */
async function isPassedOver(scope: CallScope, tags: readonly string[]): Promise<boolean> {
  return hasUserStore() ? mustSkipFetch(scope, tags) : mustSkip(scope, tags);
}

/** What the user's own store has. */
async function askUser(
  definition: Definition<never, unknown>,
  key: string,
  scope: CallScope | undefined,
  isNested: boolean,
): Promise<Found> {
  const work = scope?.cacheWork();
  if (work !== undefined) {
    work.valueIndex += 1;
  }
  const found = { ...NOTHING, index: work?.valueIndex ?? 1 };
  if (isNested || scope?.fetchCache === 'force-no-store' || (scope !== undefined && isHardReload(scope))) {
    return found;
  }
  const { tags, revalidate } = definition;
  const softTags = work?.implicitTags ?? [];
  const fetchUrl = shownName(definition, key, scope);
  const context = { kind: 'FETCH', revalidate, tags: [...tags], softTags: [...softTags], fetchIdx: found.index, fetchUrl };
  const value = await findUserValue(scope, { key, context, tags, softTags, revalidate, isLocking: false });
  return value === null ? found : { ...found, value: new Uint8Array(Buffer.from(value.data.body ?? '', 'utf8')), isStale: value.isStale };
}

/** What messages and the user's own store are told of a call. */
function shownName(definition: Definition<never, unknown>, key: string, scope: CallScope | undefined): string {
  const called = definition.callback.name;
  return `unstable_cache ${shownPlace(scope)} ${called === '' ? key : ` ${called}`}`;
}

/** Where a cached function was called, as messages show it: the URL of a client's request, else the route. */
function shownPlace(scope: CallScope | undefined): string {
  if (scope === undefined || scope.work?.isGeneration === true) {
    return scope?.route ?? '';
  }
  const { pathname, searchParams } = new URL(requestUrl(scope.request));
  const names = [...searchParams.keys()].sort((one, other) => one.localeCompare(other));
  const search = names.map((name) => `${name}=${searchParams.get(name)}`).join('&');
  return `${pathname}${search === '' ? '' : '?'}${search}`;
}

/** How long a text is inside another JSON text. */
function jsonLength(text: string): number {
  return JSON.stringify(text).length - 2;
}

async function release(key: string, found: Found | null): Promise<void> {
  if (found?.lead === true && !hasUserStore()) {
    await giveUp(key, 'function').catch((failure: unknown) => logValue('warn', '', failure));
  }
}

/** What is stored; null where the front cannot say: then nothing is stored either. */
async function lookUp(
  key: string,
  tags: readonly string[],
  revalidate: number | undefined,
  wait: Waiting,
): Promise<Found | null> {
  if (settings() === null) {
    return null;
  }
  try {
    return await find(key, 'function', tags, forFront(revalidate ?? INFINITE), wait);
  } catch (failure) {
    logValue('warn', 'the cache could not be asked: ', failure);
    return null;
  }
}

/** The lifetime and the tags count for the entry or the cached function that this is called for. */
function noteUse(scope: CallScope | undefined, definition: Definition<never, unknown>): void {
  const context = cachedContext();
  const lifetime = context === undefined ? (scope?.work?.isGeneration === true ? scope.work : null) : context.lifetime;
  if (lifetime === null) {
    return;
  }
  lifetime.revalidate = Math.min(lifetime.revalidate, definition.revalidate ?? INFINITE);
  definition.tags.forEach((tag) => lifetime.tags.add(tag));
}

function innerContext(scope: CallScope | undefined): { kind: 'unstable-cache'; route: string; lifetime: null } {
  return { kind: 'unstable-cache', route: scope?.route ?? '', lifetime: null };
}

function keyOf(definition: Definition<never, unknown>, args: readonly unknown[]): string {
  // A bound function has no text of its own, but a name.
  const key = new KeyHash('function').add(definition.text).add(definition.callback.name).add(definition.keyParts === null ? null : String(definition.keyParts.length));
  definition.keyParts?.forEach((part) => key.add(part));
  return addArguments(key, args).hex();
}

function parse<R>(value: Uint8Array): R {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
  return (text === '' ? undefined : JSON.parse(text)) as R;
}
