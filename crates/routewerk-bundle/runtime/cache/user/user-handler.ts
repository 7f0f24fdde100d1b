/**
 * One cache handler of the user's: an object that `cacheHandlers` of next.config names, and what is done where it misbehaves.
 *
 * Whatever it throws, never answers or answers wrongly costs a value, never a reply: what cannot be read is made anew, what cannot be
 * kept is not. The log says so once, until the same method works again. A handler that has not answered in time is not read from for a
 * while, so that not every request waits for it; of invalidations it hears all the same.
 *
 * Its code is no part of the request that happens to ask: it runs outside of the call's scope, where its own `fetch` is a plain one and
 * the time may be looked at.
 */
import { isDevelopment, loadConfigExport, log, failureText } from '../../handler/host.ts';
import type { ConfigModule } from '../../handler/ports.ts';
import { outsideScope } from '../../handler/scope.ts';
import { now } from '../use-cache/cached-run.ts';
import type { ValueFacts } from '../use-cache/cached-run.ts';
import { outsideCached } from '../context.ts';
import { MAX_VALUE_BYTES, textOf } from './entry-bytes.ts';
import { INFINITE } from '../life.ts';

/** How long a reading method, a chunk of a value and an invalidation may take. */
export const ANSWER_LIMIT_MS = 10_000;
/** How long a value may take to be kept. Nobody waits for it but a worker that drains. */
export const KEEP_LIMIT_MS = 30_000;
/** For how long a handler is left alone that has not answered in time. */
export const REST_MS = 30_000;

/** What `updateTags` is told beside the tags, where something was said. */
export interface Durations {
  readonly expire: number | undefined;
}

/** An entry as handlers take and give it. */
export interface CacheEntry extends ValueFacts {
  readonly value: ReadableStream<Uint8Array>;
}

/** What a handler has stored under a key. */
export interface StoredEntry {
  readonly facts: ValueFacts;
  readonly value: ReadableStream<unknown>;
}

type Method = 'get' | 'set' | 'refreshTags' | 'getExpiration' | 'updateTags';

/** What a method gave, in a box; null where it failed. */
type Answer = { readonly value: unknown } | null;

class TooSlow extends Error {
  constructor(what: string, limit: number) {
    super(`${what} has not answered within ${limit / 1000} s`);
  }
}

/** A handler of the user's. */
export class UserHandler {
  /** As messages name it. */
  readonly name: string;
  #load: () => Promise<{ readonly value: unknown }>;
  #loaded: Promise<{ readonly value: unknown }> | null = null;
  /** What fails, and was told of. */
  #failing = new Set<string>();
  #restsUntil = 0;

  constructor(name: string, load: () => Promise<{ readonly value: unknown }>) {
    this.name = name;
    this.#load = load;
  }

  /** The handler that a module exports. */
  static ofModule(kind: string, module: ConfigModule): UserHandler {
    return new UserHandler(`cacheHandlers.${kind} (\`${module.file}\`)`, () => loadConfigExport(module));
  }

  /** The user's object; null where there is none. */
  async object(): Promise<object | null> {
    // In development a save runs the module anew.
    const loading = this.#loaded === null || isDevelopment() ? outside(this.#load) : this.#loaded;
    this.#loaded = loading;
    try {
      const { value } = await within(loading, ANSWER_LIMIT_MS, 'the module');
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
        throw new TypeError(`the module exports ${value === null ? 'null' : `a ${typeof value}`}, expected an object with \`get\` and \`set\``);
      }
      this.#failing.delete('load');
      return value;
    } catch (failure) {
      this.#loaded = null;
      this.#complain('load', 'the module cannot be loaded; going on without it', failure);
      return null;
    }
  }

  /** `refreshTags`; says whether what is stored may be used. */
  async refresh(): Promise<boolean> {
    const object = await this.#readable();
    return object !== null && (!('refreshTags' in object) || (await this.#ask(object, 'refreshTags', [], ANSWER_LIMIT_MS)) !== null);
  }

  /** `get`; null where there is nothing, or nothing that can be used. */
  async find(key: string, softTags: readonly string[]): Promise<StoredEntry | null> {
    const object = await this.#readable();
    const answer = object === null ? null : await this.#ask(object, 'get', [key, [...softTags]], ANSWER_LIMIT_MS);
    if (answer === null || answer.value === undefined || answer.value === null) {
      return null;
    }
    try {
      const entry = storedEntry(answer.value);
      this.#failing.delete('entry');
      return entry;
    } catch (failure) {
      this.#complain('entry', '`get` has given something else than an entry; making the value anew', failure);
      return null;
    }
  }

  /** An entry whose value nobody wants: whoever gives it may stop. */
  leave(entry: StoredEntry): void {
    outside(async () => entry.value.cancel()).catch(nothing);
  }

  /** Reads the value of an entry; null where that is impossible. */
  async read(entry: StoredEntry): Promise<string | null> {
    try {
      const text = textOf(await outside(() => this.#chunks(entry.value)));
      this.#failing.delete('value');
      return text;
    } catch (failure) {
      this.#rest(failure);
      this.#complain('value', 'a value cannot be read; making it anew', failure);
      return null;
    }
  }

  /** `getExpiration`: when one of the tags was last invalidated; `Infinity` where that is unknown. */
  async expiration(softTags: readonly string[]): Promise<number> {
    const object = await this.#readable();
    if (object === null) {
      return Infinity;
    }
    if (!('getExpiration' in object)) {
      return 0;
    }
    const answer = await this.#ask(object, 'getExpiration', [[...softTags]], ANSWER_LIMIT_MS);
    if (answer === null) {
      return Infinity;
    }
    // `Infinity` says that the handler has looked at the tags by itself.
    return typeof answer.value === 'number' && answer.value < Infinity ? answer.value : 0;
  }

  /** `set`. Never rejects. `isWhole` is false where the making of the value has failed: what a handler says of that is no news. */
  async keep(key: string, entry: CacheEntry, isWhole: boolean): Promise<void> {
    const object = await this.#readable();
    if (object === null) {
      return;
    }
    const pending = Promise.resolve(entry);
    if (isWhole) {
      await this.#ask(object, 'set', [key, pending], KEEP_LIMIT_MS);
      return;
    }
    const set = outside(async () => (object as { set(...given: unknown[]): unknown }).set(key, pending));
    await within(set, KEEP_LIMIT_MS, '`set`').catch(nothing);
  }

  /**
   * `updateTags` of an object that `object` gave. Never rejects. Each failure is told of: after it what was invalidated may still be
   * given out.
   */
  async update(object: object, tags: readonly string[], durations: Durations | null): Promise<void> {
    const { updateTags } = object as { updateTags?: unknown };
    if (typeof updateTags !== 'function') {
      return;
    }
    const given = durations === null ? [[...tags]] : [[...tags], { ...durations }];
    const updating = outside(async () => (await Reflect.apply(updateTags, object, given)) as unknown);
    try {
      await within(updating, ANSWER_LIMIT_MS, '`updateTags`');
    } catch (failure) {
      log('error', failure instanceof TooSlow ? `${this.name}: ${failure.message}` : failureText(failure));
    }
  }

  /** The object, unless the handler is left alone. */
  async #readable(): Promise<object | null> {
    return performance.now() < this.#restsUntil ? null : this.object();
  }

  async #ask(object: object, method: Method, given: readonly unknown[], limit: number): Promise<Answer> {
    try {
      const called = (object as Record<string, unknown>)[method];
      if (typeof called !== 'function') {
        throw new TypeError(`\`${method}\` is not a function`);
      }
      const answered = outside(async () => ({ value: (await Reflect.apply(called, object, given)) as unknown }));
      const answer = await within(answered, limit, `\`${method}\``);
      this.#failing.delete(method);
      return answer;
    } catch (failure) {
      this.#rest(failure);
      const outcome = method === 'set' ? 'the value is not kept' : 'making values anew';
      this.#complain(method, `\`${method}\` has failed; ${outcome}`, failure);
      return null;
    }
  }

  async #chunks(stream: ReadableStream<unknown>): Promise<Uint8Array[]> {
    const reader = stream.getReader();
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for (;;) {
        const { done, value } = await within(reader.read(), ANSWER_LIMIT_MS, 'the stream of a value');
        if (done) {
          return chunks;
        }
        if (!(value instanceof Uint8Array)) {
          throw new TypeError(`a chunk of the stream is no Uint8Array, but a ${typeof value}`);
        }
        bytes += value.byteLength;
        if (bytes > MAX_VALUE_BYTES) {
          throw new RangeError(`the value has more than ${MAX_VALUE_BYTES} bytes`);
        }
        chunks.push(value);
      }
    } catch (failure) {
      // Whoever is at the other end may stop. What it says to that is no matter of ours.
      reader.cancel(failure).catch(nothing);
      throw failure;
    }
  }

  #rest(failure: unknown): void {
    if (failure instanceof TooSlow) {
      this.#restsUntil = performance.now() + REST_MS;
    }
  }

  #complain(what: string, text: string, failure: unknown): void {
    if (!this.#failing.has(what)) {
      this.#failing.add(what);
      // Where it was too slow there is no place in the code to show.
      log('error', `${this.name}: ${text}: ${failure instanceof TooSlow ? failure.message : failureText(failure)}`);
    }
  }
}

/** Runs code of the user's that belongs to no request. */
function outside<R>(run: () => R): R {
  return outsideScope(() => outsideCached(run));
}

function nothing(): void {}

/** Waits so long and no longer. What comes too late is no matter of anybody's. */
async function within<T>(pending: Promise<T>, limit: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow(what, limit)), limit);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `get` gave, if it is an entry. What it leaves out of the facts counts as endless, as in Next.js. */
function storedEntry(given: unknown): StoredEntry {
  const { value, tags, timestamp, stale, revalidate, expire } = given as Record<keyof CacheEntry, unknown>;
  if (typeof (value as { getReader?: unknown } | null | undefined)?.getReader !== 'function') {
    throw new TypeError('its `value` is no ReadableStream');
  }
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) {
    throw new TypeError('its `tags` are no list of strings');
  }
  const seconds = (given: unknown): number => (typeof given === 'number' && !Number.isNaN(given) ? given : INFINITE);
  const facts = {
    tags: tags as string[],
    timestamp: typeof timestamp === 'number' && !Number.isNaN(timestamp) ? timestamp : now(),
    stale: seconds(stale),
    revalidate: seconds(revalidate),
    expire: seconds(expire),
  };
  return { facts, value: value as ReadableStream<unknown> };
}
