/**
 * A `'use cache'` value that a handler of the user's keeps: who is asked when, what of its answer is believed, and who makes the value.
 *
 * The order of calls is Next.js's. A request asks `refreshTags` once per kind before its first look-up, `get` once per key, and
 * `getExpiration` once per kind when it has found something. A value past its `expire` is made anew, one past its `revalidate` is given
 * out while it is made anew, unless it would become a part of something that is kept. Requests of this worker that want the same value
 * at the same time share one look-up and one making, until the handler has kept it; other workers and other machines agree through
 * what the handlers share.
 *
 * What was begun before this worker invalidated something is not shared with who asks after it.
 */
import { trackWork } from '../../handler/after.ts';
import { now } from '../use-cache/cached-run.ts';
import type { CachedRun, Kept, Outcome } from '../use-cache/cached-run.ts';
import { bytesOf, failedBytes } from './entry-bytes.ts';
import { isHardReload } from '../skip.ts';
import type { UserHandler } from './user-handler.ts';
import { invalidationEpoch } from './user-handlers.ts';

/** How long a request waits for what another one makes, before it makes the value itself. */
const JOIN_LIMIT_MS = 60_000;

/** What is under way. */
interface Flight<T> {
  readonly epoch: number;
  readonly result: Promise<T>;
  /** A making that nobody waits for, because what is stale is given out meanwhile. */
  readonly isInBackground: boolean;
}

/** Look-ups, by key and what their outcome depends on; null is nothing that could be used. */
const lookUps = new Map<string, Flight<Kept | null>>();
/** Makings, by key. They stay until the handler has kept what was made. */
const makings = new Map<string, Flight<Kept>>();

/** What one request has asked its handlers already. */
export class HandledMemory {
  /** Values, by key, also those that are under way. */
  readonly values = new Map<string, Promise<Kept>>();
  readonly #refreshes = new Map<UserHandler, Promise<boolean>>();
  readonly #expirations = new Map<UserHandler, Promise<number>>();

  /** Whether what a handler has stored may be used. */
  refreshed(handler: UserHandler): Promise<boolean> {
    return once(this.#refreshes, handler, () => handler.refresh());
  }

  /** When one of the request's own tags was last invalidated, as the handler has it. */
  expiration(handler: UserHandler, tags: readonly string[]): Promise<number> {
    return once(this.#expirations, handler, () => handler.expiration(tags));
  }
}

function once<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const made = map.get(key) ?? make();
  map.set(key, made);
  return made;
}

/** The value for a call, found or made. Rejects with what its caller is to get. */
export async function handledValue(run: CachedRun, handler: UserHandler): Promise<Kept> {
  return new HandledCall(run, handler).answer();
}

/** A request that sees drafts reads nothing, but a handler hears of it as of others. */
export async function readyForDraft(run: CachedRun, handler: UserHandler | null): Promise<void> {
  if (handler !== null) {
    await memoryOf(run).refreshed(handler);
  }
}

function memoryOf(run: CachedRun): HandledMemory {
  const work = run.scope?.cacheWork();
  if (work === undefined) {
    return new HandledMemory();
  }
  work.handled ??= new HandledMemory();
  return work.handled;
}

class HandledCall {
  #run: CachedRun;
  #handler: UserHandler;
  #memory: HandledMemory;
  #softTags: readonly string[];

  constructor(run: CachedRun, handler: UserHandler) {
    this.#run = run;
    this.#handler = handler;
    this.#memory = memoryOf(run);
    this.#softTags = run.scope?.cacheWork().implicitTags ?? [];
  }

  async answer(): Promise<Kept> {
    const { key } = this.#run;
    const earlier = this.#memory.values.get(key);
    if (earlier !== undefined) {
      const kept = await earlier;
      if (!this.#isDropped(kept)) {
        return kept;
      }
    }
    const value = this.#obtain();
    this.#memory.values.set(key, value);
    try {
      return await value;
    } catch (failure) {
      this.#memory.values.delete(key);
      throw failure;
    }
  }

  async #obtain(): Promise<Kept> {
    const joined = this.#making();
    if (joined !== undefined && !joined.isInBackground) {
      return this.#join(joined);
    }
    const found = await this.#lookUp();
    if (found !== null) {
      return found;
    }
    const making = this.#making();
    return making === undefined ? this.#make(false) : this.#join(making);
  }

  /** The making that is under way, if what it makes may be given to this call. */
  #making(): Flight<Kept> | undefined {
    const making = makings.get(this.#run.key);
    return making?.epoch === invalidationEpoch() && !this.#isReloaded() ? making : undefined;
  }

  async #join(making: Flight<Kept>): Promise<Kept> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, JOIN_LIMIT_MS, null);
    });
    try {
      const kept = await Promise.race([making.result, late]);
      return kept === null || this.#isDropped(kept) ? await this.#make(false) : kept;
    } finally {
      clearTimeout(timer);
    }
  }

  /** One look-up for all who would make the same of its outcome. */
  #lookUp(): Promise<Kept | null> {
    const { key, isFreshWanted } = this.#run;
    if (this.#isReloaded()) {
      return Promise.resolve(null);
    }
    const name = `${key} ${isFreshWanted} ${this.#softTags.join('\n')}`;
    const earlier = lookUps.get(name);
    if (earlier?.epoch === invalidationEpoch()) {
      return earlier.result.then((kept) => (kept === null || this.#isDropped(kept) ? null : kept));
    }
    const flight = { epoch: invalidationEpoch(), result: this.#find(), isInBackground: false };
    lookUps.set(name, flight);
    void flight.result.finally(() => forget(lookUps, name, flight));
    return flight.result;
  }

  /** What the handler has stored, if it can be used. Never rejects. */
  async #find(): Promise<Kept | null> {
    const { key } = this.#run;
    if (!(await this.#memory.refreshed(this.#handler))) {
      return null;
    }
    // What was made anew while the handler was asked for the old value need not be made once more.
    const renewal = makings.get(key);
    const entry = await this.#handler.find(key, this.#softTags);
    if (entry === null) {
      return null;
    }
    const { facts } = entry;
    const isInvalidated =
      facts.timestamp <= (await this.#memory.expiration(this.#handler, this.#softTags)) || this.#isDropped(facts);
    const age = now() - facts.timestamp;
    const isOld = age > facts.revalidate * 1000;
    if (isInvalidated || age > facts.expire * 1000 || (isOld && this.#run.isFreshWanted)) {
      this.#handler.leave(entry);
      return null;
    }
    const text = await this.#handler.read(entry);
    if (text === null) {
      return null;
    }
    if (isOld && renewal === undefined && !makings.has(key)) {
      // Logged where it fails; what is stale stays.
      const renewing = this.#make(true).then(nothing, nothing);
      this.#track('renew', renewing);
    }
    return { ...facts, text };
  }

  /** Runs the function and has the handler keep what it returns. */
  #make(isInBackground: boolean): Promise<Kept> {
    const { key } = this.#run;
    const outcome = this.#run.make('use-cache');
    const keeping = outcome.then((made) => this.#handler.keep(key, { value: streamOf(made), ...factsOf(made) }, isWhole(made)));
    this.#track('store', keeping);
    const result = outcome.then((made) => {
      if (!isWhole(made)) {
        // Others are not to have it.
        forget(makings, key, flight);
      }
      if (!('kept' in made)) {
        throw made.shown;
      }
      return made.kept;
    });
    const flight: Flight<Kept> = { epoch: invalidationEpoch(), result, isInBackground };
    makings.set(key, flight);
    void keeping.finally(() => forget(makings, key, flight));
    return result;
  }

  #track(what: string, work: Promise<void>): void {
    const known = this.#run.scope?.cacheWork();
    if (known === undefined) {
      trackWork(work);
    } else {
      known.track(`${what} ${this.#run.key}`, work);
    }
  }

  /** Whether this very request has invalidated it since: the handler need not know of that yet. */
  #isDropped(facts: { readonly tags: readonly string[]; readonly timestamp: number }): boolean {
    const work = this.#run.scope?.work;
    return work?.hasInvalidated(facts.tags, facts.timestamp) === true || work?.hasInvalidated(this.#softTags, facts.timestamp) === true;
  }

  #isReloaded(): boolean {
    return this.#run.scope !== undefined && isHardReload(this.#run.scope);
  }
}

/** A flight is over, unless another one has taken its place. */
function forget<T>(flights: Map<string, Flight<T>>, key: string, flight: Flight<T>): void {
  if (flights.get(key) === flight) {
    flights.delete(key);
  }
}

function isWhole(made: Outcome): boolean {
  return 'kept' in made && made.broken === null;
}

function streamOf(made: Outcome): ReadableStream<Uint8Array> {
  return 'kept' in made && made.broken === null ? bytesOf(made.kept.text) : failedBytes('kept' in made ? made.broken?.thrown : made.thrown);
}

function factsOf(made: Outcome): { timestamp: number; revalidate: number; expire: number; stale: number; tags: string[] } {
  const { timestamp, revalidate, expire, stale, tags } = 'kept' in made ? made.kept : made.facts;
  return { timestamp, revalidate, expire, stale, tags: [...tags] };
}

function nothing(): void {}
