/**
 * Copies of stored values, so that what every call needs is not fetched from the front by every call.
 *
 * The front stays the one who knows. Each call brings the number of the last invalidation (`Call.sequence`), and so does the answer to an
 * invalidation of this worker's own. Where a copy was judged before that number, the worker first asks what was invalidated
 * since, once for all copies: so no call sees a copy that was invalidated before the call began. Age is judged here,
 * by the same clock and in the same way as in the front. What cannot be decided here is asked.
 */
import { ask, settings } from '../handler/host.ts';

/** Until when a value is fresh, as the front tells with a fresh one. */
export interface Terms {
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly made: number;
  /** The number of the last invalidation when making it began: a later one of an asker's tag concerns it. */
  readonly begun: number;
  /** Seconds; null is until it is invalidated. */
  readonly revalidate: number | null;
  /** Seconds; null is never. */
  readonly expire: number | null;
  /** Its own tags. */
  readonly tags: readonly string[];
}

/** A fresh value. */
export interface FreshCopy {
  readonly value: Uint8Array<ArrayBuffer>;
  readonly isStale: false;
  /** In seconds. */
  readonly age: number;
  /** The number of the last invalidation that it has seen. */
  readonly sequence: number;
  readonly lead: false;
}

interface Copy {
  readonly value: Uint8Array<ArrayBuffer>;
  readonly terms: Terms;
  /** From here on a list of its own tags and of its first asker's is to be looked through: all before is judged. */
  readonly judged: number;
  /** The first asker's tags. */
  readonly asker: readonly string[];
  readonly bytes: number;
  /** Whether it was used since room was last looked for. */
  isUsed: boolean;
}

/** What the front answers to `cache.since`. */
interface Invalidated {
  readonly sequence: number;
  readonly floor: number;
  readonly tags: ReadonlyArray<readonly [number: number, names: readonly string[]]>;
}

/** So many bytes of copies a worker keeps where next.config lets the front keep enough. */
const MOST_BYTES = 16 * 1024 * 1024;
/** `cacheMaxMemorySize` where next.config has none. */
const DEFAULT_FRONT_BYTES = 50 * 1024 * 1024;
/** What a copy takes beside its bytes, about. */
const OVERHEAD_BYTES = 512;
/** So many tags are told apart; beyond that all copies are asked for again. */
const MAX_TAGS = 8192;
/** An entry so far in the future was made by a clock that was set back since (as in the front). */
const CLOCK_TOLERANCE_MS = 60_000;

/** Longer than this no copy is used without word from the front: a call that runs on hears of nothing where no other one comes. */
const SILENCE_MS = 1000;

/** What the name of a value is logged with when it is replaced (`REPLACED` in the front's host.rs). */
const REPLACED = 'value ';
/** Taken before anybody watches or replaces it. */
const clock = Date.now;

const copies = new Map<string, Copy>();
let copiedBytesNow = 0;
/** Which invalidations have the tags below, by number. */
const invalidated = new Map<string, number>();
/** From here on `invalidated` is complete. */
let floor = 0;
/** Up to here `invalidated` is complete. */
let known = 0;
/** The highest number that was heard of. */
let heard = 0;
/** When the front was last heard of, while there are copies. */
let heardAt = 0;
let catchingUp: Promise<void> | null = null;

/** How many bytes of copies a worker may keep, by `cacheMaxMemorySize` of next.config: a quarter of it, at most 16 MiB. */
export function copiedBytes(cacheMaxMemorySize: unknown): number {
  const inFront = typeof cacheMaxMemorySize === 'number' ? Math.max(0, cacheMaxMemorySize) : DEFAULT_FRONT_BYTES;
  return Math.min(MOST_BYTES, inFront / 4);
}

/** Whether the front has ever told of an invalidation. */
export function hasHeardOfInvalidations(): boolean {
  return heard > 0;
}

/** The front has invalidated up to this number: what is used from now on has to have seen that. */
export function noteSequence(sequence: number): void {
  if (sequence > heard) {
    heard = sequence;
  }
  if (copies.size > 0) {
    heardAt = clock();
  }
}

/** The copy of a value if it is fresh for an asker with these tags and this lifetime in seconds. Never rejects. */
export async function copyAtHand(
  kind: string,
  key: string,
  tags: readonly string[],
  revalidate: number | false,
): Promise<FreshCopy | null> {
  const name = `${kind}:${key}`;
  if (!copies.has(name)) {
    return null;
  }
  if ((heard > known || isSilentAt(clock())) && !(await catchUp())) {
    return null;
  }
  const copy = copies.get(name);
  if (copy === undefined) {
    return null;
  }
  const now = clock();
  if (isReplaced(name, copy) || isTouched(copy.terms.tags, copy.judged) || isOver(copy.terms, now)) {
    drop(name, copy);
    return null;
  }
  const { made, begun } = copy.terms;
  if ((revalidate !== false && now > made + revalidate * 1000) || isTouchedFor(copy, tags, begun)) {
    return null;
  }
  copy.isUsed = true;
  return { value: copy.value, isStale: false, age: Math.max(0, now - made) / 1000, sequence: known, lead: false };
}

/** Keeps a value that the front has called fresh for `asker` at the number `sequence`. */
export function keepCopy(
  kind: string,
  key: string,
  value: Uint8Array<ArrayBuffer>,
  terms: Terms,
  asker: readonly string[],
  sequence: number,
): void {
  const limit = settings()?.copiedBytes ?? 0;
  const name = `${kind}:${key}`;
  const bytes = value.byteLength + name.length + OVERHEAD_BYTES;
  const old = copies.get(name);
  if (old !== undefined) {
    drop(name, old);
  }
  // One value is not to drive all others out.
  if (bytes > limit / 4) {
    return;
  }
  makeRoom(limit - bytes);
  copies.set(name, { value, terms, asker, bytes, judged: Math.max(sequence, terms.begun), isUsed: false });
  copiedBytesNow += bytes;
  noteSequence(sequence);
}

/** Forgets all copies, and what is known of invalidations (tests). */
export function forgetCopies(): void {
  copies.clear();
  invalidated.clear();
  copiedBytesNow = 0;
  floor = 0;
  known = 0;
  heard = 0;
  heardAt = 0;
  catchingUp = null;
}

/** Drops the oldest copies until at most so many bytes are left; one that was used since the last time is spared once. */
function makeRoom(bytes: number): void {
  for (const [name, copy] of copies) {
    if (copiedBytesNow <= bytes) {
      return;
    }
    if (copy.isUsed) {
      copy.isUsed = false;
      // To the end: this loop comes to it again if it has to.
      copies.delete(name);
      copies.set(name, copy);
    } else {
      drop(name, copy);
    }
  }
}

function drop(name: string, copy: Copy): void {
  copies.delete(name);
  copiedBytesNow -= copy.bytes;
}

function isOver({ made, revalidate, expire }: Terms, now: number): boolean {
  const limit = Math.min(revalidate ?? Infinity, expire ?? Infinity);
  return now > made + limit * 1000 || made - now > CLOCK_TOLERANCE_MS;
}

/** Whether another value was stored in its place while it was fresh: the front logs that like the invalidation of a tag. */
function isReplaced(name: string, copy: Copy): boolean {
  return (invalidated.get(`${REPLACED}${name}`) ?? 0) > copy.judged;
}

/** Whether one of these tags was invalidated after a number, as far as that can be told. */
function isTouched(tags: readonly string[], after: number): boolean {
  if (after < floor) {
    return true;
  }
  return invalidated.size > 0 && tags.some((tag) => (invalidated.get(tag) ?? 0) > after);
}

/** The same for the tags of who asks: for the tags that the front has judged before, only what came since counts. */
function isTouchedFor(copy: Copy, tags: readonly string[], begun: number): boolean {
  if (!isTouched(tags, begun)) {
    return false;
  }
  const isSameAsker = tags.length === copy.asker.length && tags.every((tag, index) => tag === copy.asker[index]);
  return !isSameAsker || isTouched(tags, copy.judged);
}

/** Whether the front was not heard of for too long; also where the clock was set back. */
function isSilentAt(now: number): boolean {
  return now - heardAt > SILENCE_MS || now < heardAt;
}

/** Asks what was invalidated until the number that was heard of, and until now. False where the front cannot say. */
async function catchUp(): Promise<boolean> {
  const wanted = heard;
  // A question that is under way may have been asked before that number was heard of; one that is asked now is not.
  for (let attempt = 0; attempt < 2 && (known < wanted || isSilentAt(clock())); attempt += 1) {
    catchingUp ??= learn();
    try {
      await catchingUp;
    } catch {
      // The look-up goes to the front then, which says what is wrong.
      return false;
    }
  }
  return known >= wanted && !isSilentAt(clock());
}

async function learn(): Promise<void> {
  const askedAt = clock();
  try {
    take((await ask('cache.since', { after: known })) as Invalidated);
    heardAt = askedAt;
  } finally {
    catchingUp = null;
  }
}

function take({ sequence, floor: complete, tags }: Invalidated): void {
  if (complete > known) {
    invalidated.clear();
    floor = complete;
  }
  for (const [number, names] of tags) {
    for (const name of names) {
      invalidated.set(name, number);
    }
  }
  if (invalidated.size > MAX_TAGS) {
    invalidated.clear();
    floor = sequence;
  }
  known = Math.max(known, sequence);
}
