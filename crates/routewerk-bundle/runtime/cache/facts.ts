/**
 * The block of facts that crosses with the reply of a generation (docs/design/channel.md; `link/facts.rs` reads it).
 */
import { INFINITE } from './life.ts';
import type { CacheWork } from './work.ts';

/** How much of a failure's text crosses. */
const MAX_FAILURE = 64 * 1024;

/** What a generation has used. `failure` is what the handler threw. */
export function factsText(work: CacheWork, failure: string | null): string {
  return asciiJson({
    dynamic: work.dynamicUse,
    failure: failure === null ? null : failure.slice(0, MAX_FAILURE),
    // `cacheLife` and `unstable_cache` take what is below zero; the front would take it for a broken worker.
    revalidate: work.revalidate >= INFINITE ? false : Math.max(work.revalidate, 0),
    expire: work.expire >= INFINITE ? null : Math.max(work.expire, 0),
    tags: [...new Set([...work.implicitTags, ...work.tags])],
  });
}

/** What is known of an entry of the user's store. */
export interface EntryFacts {
  /** Why the store could not be asked. */
  readonly failure: string | null;
  /** Seconds, or until it is invalidated; null where the store does not say. */
  readonly revalidate: number | false | null;
  readonly expire: number | null;
  readonly tags: readonly string[];
  /** When it was made, in milliseconds since the epoch; null where there is none. */
  readonly found: number | 'unknown' | 'outdated' | null;
}

/** The facts of a look-up. */
export function entryFactsText({ failure, ...rest }: EntryFacts): string {
  return asciiJson({ dynamic: null, failure: failure?.slice(0, MAX_FAILURE) ?? null, ...rest });
}

/** The facts of a generation whose handler could not be called. */
export function failureFacts(failure: string): string {
  return asciiJson({ dynamic: null, failure: failure.slice(0, MAX_FAILURE), revalidate: null, expire: null, tags: [] });
}

function asciiJson(value: object): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
