/**
 * Whether and for how long a `fetch` is kept, from its options, its route's exports and what surrounds it; and what it
 * makes of a generation. The order of the steps is that of Next.js, because each of them sees what the ones before have set.
 */
import { cachedContext } from '../context.ts';
import { markDynamic } from '../dynamic/dynamic.ts';
import { INFINITE } from '../life.ts';
import type { Lifetime } from '../life.ts';
import { readRevalidate } from '../seconds.ts';
import { usableTags } from '../tags.ts';
import { BUILD } from '../work.ts';
import type { CacheWork, FetchScope } from '../work.ts';

/** The options of Next.js. */
export interface NextOptions {
  readonly revalidate?: unknown;
  readonly tags?: unknown;
  /** Next.js's own requests: nothing is done with them. */
  readonly internal?: unknown;
}

/** What a `fetch` was called with, as far as it matters here. */
export interface FetchCall {
  /** What the message of a dynamic use shows of the first argument. */
  readonly shown: string;
  /** The URL without credentials; empty where it is none. */
  readonly url: string;
  /** Whether the first argument is a request. */
  readonly isRequest: boolean;
  readonly cache: string | null;
  readonly method: string | null;
  readonly headers: HeadersInit | null;
  readonly next: NextOptions;
  /** The `cache` of the second argument alone, and whether there is one. */
  readonly init: { readonly cache: string | undefined; readonly next: NextOptions | undefined } | null;
}

/** What is to be done. */
export interface FetchPolicy {
  /** For how long it is kept, in seconds; 0 is not at all. */
  readonly revalidate: number;
  readonly tags: readonly string[];
  /** Nobody has asked for it to be kept: it is so that what a build makes asks for nothing twice. */
  readonly isImplicit: boolean;
  /** What is to be told in development; null if nothing. */
  readonly warning: string | null;
}

/** Decides. Throws Next.js's errors for options that cannot stand together, and ends a generation that cannot keep it. */
export function fetchPolicy(call: FetchCall, scope: FetchScope, work: CacheWork): FetchPolicy {
  const context = cachedContext();
  const lifetime: Lifetime | null = context === undefined ? (work.isGeneration ? work : null) : context.lifetime;
  const mode = context?.kind === 'unstable-cache' ? 'force-no-store' : scope.fetchCache;
  const given = call.next.revalidate;
  const tags = usableTags(listed(call.next.tags), `fetch ${call.shown}`);
  tags.forEach((tag) => lifetime?.tags.add(tag));

  let cache = call.cache;
  let wanted = given;
  let warning: string | null = null;
  if (cache !== null && isContradiction(cache, given)) {
    warning = `Specified "cache: ${cache}" and "revalidate: ${String(given)}", only one should be specified.`;
    cache = null;
    wanted = undefined;
  }
  const isOptedOut = cache === 'no-cache' || cache === 'no-store' || mode === 'force-no-store' || mode === 'only-no-store';
  if (cache === 'force-cache' && wanted === undefined) {
    wanted = false;
  } else if (isOptedOut || (!mode && !cache && !wanted && scope.dynamic === 'force-dynamic')) {
    wanted = 0;
  }
  let seconds = readRevalidate(wanted, scope.route);

  const isSilent = mode === undefined && (cache === null || cache === 'default') && (wanted === undefined || wanted === null);
  const isPersonal = (): boolean => {
    const headers = new Headers(call.headers ?? {});
    return Boolean(headers.get('authorization') || headers.get('cookie'));
  };
  const isReading = ['get', 'head'].includes((call.method ?? 'get').toLowerCase());
  const isImplicit = isSilent && work.generation === BUILD;
  const isAutomaticallyFresh = (isSilent && !isImplicit) || (lifetime?.revalidate === 0 && (!isReading || isPersonal()));
  seconds = applyMode(mode, cache, wanted, seconds, call.url);
  seconds ??= defaultSeconds(mode, work.isNoStore, isAutomaticallyFresh, lifetime);

  if (!(scope.dynamic === 'force-static' && seconds === 0) && !isAutomaticallyFresh && lifetime !== null && seconds < lifetime.revalidate) {
    if (seconds === 0) {
      markDynamic(work, `revalidate: 0 fetch ${call.shown} ${scope.route}`);
    }
    if (given === seconds) {
      lifetime.revalidate = seconds;
    }
  }
  return { revalidate: seconds, tags, isImplicit, warning };
}

/** Tags as they are counted: of a text each letter is one, and what has no length has none. */
function listed(tags: unknown): readonly unknown[] {
  if (Array.isArray(tags)) {
    return tags as readonly unknown[];
  }
  return typeof tags === 'string' ? tags.split('') : [];
}

/** Whether neither a `fetch` nor its route says anything about keeping it. */
export function isUnset(call: FetchCall, mode: unknown): boolean {
  const { cache, next } = call;
  return mode === undefined && (cache === null || cache === 'default') && (next.revalidate === undefined || next.revalidate === null);
}

/** What a `fetch` that goes to its origin says about the generation or the cached function around it. */
export function noteOrigin(call: FetchCall, scope: FetchScope, work: CacheWork): void {
  const context = cachedContext();
  const lifetime: Lifetime | null = context === undefined ? (work.isGeneration ? work : null) : context.lifetime;
  if (lifetime === null || call.init === null) {
    return;
  }
  if (call.init.cache === 'no-store') {
    markDynamic(work, `no-store fetch ${call.shown} ${scope.route}`);
  }
  const seconds = call.init.next?.revalidate;
  if (typeof seconds === 'number' && seconds < lifetime.revalidate) {
    if (seconds === 0) {
      markDynamic(work, `revalidate: 0 fetch ${call.shown} ${scope.route}`);
    }
    if (scope.dynamic !== 'force-static' || seconds !== 0) {
      lifetime.revalidate = seconds;
    }
  }
}

/** `force-cache` that is not to be kept, `no-store` that is: Next.js takes neither at its word. */
function isContradiction(cache: string, revalidate: unknown): boolean {
  return (
    (cache === 'force-cache' && revalidate === 0) ||
    (cache === 'no-store' && (revalidate === false || (typeof revalidate === 'number' && revalidate > 0)))
  );
}

/** What the route's `fetchCache` makes of it. */
function applyMode(mode: unknown, cache: string | null, wanted: unknown, seconds: number | undefined, url: string): number | undefined {
  switch (mode) {
    case 'only-no-store':
      if (cache === 'force-cache' || (seconds !== undefined && seconds > 0)) {
        throw new Error(`cache: 'force-cache' used on fetch for ${url} with 'export const fetchCache = 'only-no-store'`);
      }
      return seconds;
    case 'only-cache':
      if (cache === 'no-store') {
        throw new Error(`cache: 'no-store' used on fetch for ${url} with 'export const fetchCache = 'only-cache'`);
      }
      return seconds;
    case 'force-cache':
      return wanted === undefined || wanted === 0 ? INFINITE : seconds;
    default:
      return seconds;
  }
}

/** What it is where nothing says so. */
function defaultSeconds(mode: unknown, isNoStore: boolean, isFresh: boolean, lifetime: Lifetime | null): number {
  if (mode === 'default-cache' && !isNoStore) {
    return INFINITE;
  }
  if (mode === 'default-no-store' || isNoStore || isFresh) {
    return 0;
  }
  return lifetime === null ? INFINITE : lifetime.revalidate;
}
