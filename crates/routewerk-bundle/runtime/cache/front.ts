/**
 * The worker's side of the topics `cache.*` (docs/design/caching.md). Whatever is stored is in the front, which does not look into it;
 * the worker keeps copies of what is asked for often (`copies.ts`).
 */
import { ask } from '../handler/host.ts';
import { cachedDepth } from './context.ts';
import { copyAtHand, keepCopy, noteSequence } from './copies.ts';
import type { Terms } from './copies.ts';

/**
 * How many look-ups may wait for the front at a time. The front reads on only while fewer than 1,024 questions of a worker are open: if
 * look-ups that wait for a value took all of them, the value itself could not be handed in.
 *
 * Each number is for one depth, the last one for all below: a value that many wait for may be made of values that have to be looked
 * up first, and those look-ups must not stand in line behind the ones that wait for it.
 */
const MAX_LOOK_UPS = [512, 224, 128, 64, 32];

/** The look-ups of one depth. */
interface Line {
  readonly limit: number;
  open: number;
  readonly waiting: Array<() => void>;
}

const lines: readonly Line[] = MAX_LOOK_UPS.map((limit) => ({ limit, open: 0, waiting: [] }));

/** What made a value. */
export type ValueKind = 'fetch' | 'function' | 'use-cache';

/**
 * When an asker waits for a value that somebody makes, or is told to make it himself: where there is none (`missing`), also
 * where there is only a stale one (`stale`), or not at all (`never`).
 */
export type Waiting = 'missing' | 'stale' | 'never';

/** What the front knows of a key. */
export interface Found {
  readonly value: Uint8Array<ArrayBuffer> | null;
  readonly isStale: boolean;
  /** How old the value is, in seconds. */
  readonly age: number;
  /** The invalidation sequence of now, to be handed back with the value that is made. */
  readonly sequence: number;
  /** Which value of its call this is, where the user's own store was asked. */
  readonly index?: number;
  /** Whether it is for this asker to make the value, a stale one anew: others may wait for it until it is set or given up. */
  readonly lead: boolean;
}

interface GetAnswer {
  readonly value: string | null;
  readonly state: 'fresh' | 'stale';
  readonly age: number;
  readonly sequence: number;
  readonly lead: boolean;
  /** Where the value is stored and fresh. */
  readonly terms?: Terms | null;
}

/** What is stored. */
export interface ToStore {
  readonly key: string;
  readonly kind: ValueKind;
  readonly value: Uint8Array;
  readonly tags: readonly string[];
  /** Seconds; false is until it is invalidated. */
  readonly revalidate: number | false;
  /** Seconds; null is never. */
  readonly expire: number | null;
  readonly sequence: number;
}

/**
 * Looks a key up. `tags` are those of the asker beside the value's own: if one of them was invalidated
 * since, the value is not fresh. `revalidate` is the asker's lifetime for it.
 */
export async function find(
  key: string,
  kind: ValueKind,
  tags: readonly string[],
  revalidate: number | false,
  wait: Waiting,
): Promise<Found> {
  const copy = await copyAtHand(kind, key, tags, revalidate);
  if (copy !== null) {
    return copy;
  }
  const answer = (await inTurn(() => ask('cache.get', { key, tags, kind, revalidate, wait }))) as GetAnswer;
  const value = answer.value === null ? null : (new Uint8Array(Buffer.from(answer.value, 'base64')) as Uint8Array<ArrayBuffer>);
  const { age, sequence, lead } = answer;
  if (value !== null && answer.terms) {
    keepCopy(kind, key, value, answer.terms, tags, sequence);
  }
  return { value, isStale: answer.state === 'stale', age, sequence, lead };
}

/** Asks as soon as few enough others do. */
async function inTurn(look: () => Promise<unknown>): Promise<unknown> {
  const line = lines[Math.min(cachedDepth(), lines.length - 1)] as Line;
  if (line.open >= line.limit) {
    // Whoever is done hands his place over.
    await new Promise<void>((resolve) => line.waiting.push(resolve));
  } else {
    line.open += 1;
  }
  try {
    return await look();
  } finally {
    const next = line.waiting.shift();
    if (next === undefined) {
      line.open -= 1;
    } else {
      next();
    }
  }
}

/** Stores a value. */
export async function store(given: ToStore): Promise<void> {
  const { value, ...rest } = given;
  const answer = (await ask('cache.set', {
    ...rest,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
  })) as { readonly sequence?: number };
  noteSequence(answer.sequence ?? 0);
}

/** The value that this asker was to make will not come: those who wait for it go on by themselves. */
export async function giveUp(key: string, kind: ValueKind): Promise<void> {
  await ask('cache.release', { key, kind });
}

/** Invalidates tags: at once, or stale now and expired after so many seconds (null: never). */
export async function invalidate(tags: readonly string[], expire: number | null, stale: boolean): Promise<void> {
  const { sequence } = (await ask('cache.invalidate', { tags, expire, stale })) as { readonly sequence?: number };
  noteSequence(sequence ?? 0);
}
