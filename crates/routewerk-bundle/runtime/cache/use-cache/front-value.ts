/**
 * A `'use cache'` value that is kept in the front, as all are whose kind has no module of the user's.
 *
 * As in Next.js a value that is older than its `revalidate` is made anew before anybody gets it; one whose tag has become stale is given
 * out once more.
 */
import { trackWork } from '../../handler/after.ts';
import { logValue } from '../../handler/host.ts';
import type { CachedRun, Kept } from './cached-run.ts';
import { find, giveUp, store } from '../front.ts';
import type { Found } from '../front.ts';
import { INFINITE } from '../life.ts';
import { mustSkip } from '../skip.ts';

/** The value for a call, found or made; one for all calls of a request that want it at the same time. Rejects with what its caller is to get. */
export async function frontValue(run: CachedRun): Promise<Kept> {
  const pending = run.scope?.cacheWork().pendingValues as Map<string, Promise<Kept>> | undefined;
  const name = `${run.isFreshWanted} ${run.key}`;
  const value = pending?.get(name) ?? findOrMake(run);
  pending?.set(name, value);
  try {
    return await value;
  } finally {
    if (pending?.get(name) === value) {
      pending.delete(name);
    }
  }
}

async function findOrMake(run: CachedRun): Promise<Kept> {
  const { scope, isFreshWanted } = run;
  const tags = scope?.cacheWork().implicitTags ?? [];
  const isSkipped = scope !== undefined && (await mustSkip(scope, tags));
  let found: Found | null = null;
  try {
    found = await find(run.key, 'use-cache', tags, false, isSkipped ? 'never' : isFreshWanted ? 'stale' : 'missing');
  } catch (failure) {
    logValue('warn', 'the cache could not be asked: ', failure);
  }
  const kept = isSkipped || found === null || found.value === null ? null : readKept(found.value);
  if (kept === null || scope?.work?.hasInvalidated(kept.tags) === true || (found !== null && found.isStale && isFreshWanted)) {
    return make(run, found);
  }
  if (found !== null && found.isStale && found.lead) {
    scope?.cacheWork().track(run.key, refresh(run, found));
  }
  return kept;
}

/** Runs the function and keeps what it returns. */
async function make(run: CachedRun, found: Found | null): Promise<Kept> {
  const outcome = await run.make('use-cache');
  if (!('kept' in outcome)) {
    await release(run, found);
    throw outcome.shown;
  }
  if (outcome.broken !== null) {
    await release(run, found);
  } else if (found !== null) {
    const keeping = keep(run, outcome.kept, found);
    const work = run.scope?.cacheWork();
    if (work === undefined) {
      trackWork(keeping);
    } else {
      work.track(`store ${run.key}`, keeping);
    }
  }
  return outcome.kept;
}

/** Never rejects. */
async function keep(run: CachedRun, kept: Kept, found: Found): Promise<void> {
  const seconds = Math.min(kept.revalidate, kept.expire);
  if (seconds <= 0) {
    await release(run, found);
    return;
  }
  try {
    const value = Buffer.from(JSON.stringify(kept), 'utf8');
    const { tags } = kept;
    const expire = seconds >= INFINITE ? null : seconds;
    await store({ key: run.key, kind: 'use-cache', value, tags, revalidate: false, expire, sequence: found.sequence });
  } catch (failure) {
    logValue('warn', 'a value of `"use cache"` was not stored: ', failure);
    await release(run, found);
  }
}

/** Never rejects: what fails is logged, and what is stale stays. */
async function refresh(run: CachedRun, found: Found): Promise<void> {
  try {
    await make(run, found);
  } catch {
    // Logged where its message was taken off.
  }
}

async function release(run: CachedRun, found: Found | null): Promise<void> {
  if (found?.lead === true) {
    await giveUp(run.key, 'use-cache').catch((failure: unknown) => logValue('warn', '', failure));
  }
}

function readKept(bytes: Uint8Array): Kept | null {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Kept;
  } catch {
    return null;
  }
}
