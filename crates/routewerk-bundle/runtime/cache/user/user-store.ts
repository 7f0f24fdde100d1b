/**
 * The user's own store: the class that `cacheHandler` of next.config names. Replies of static routes and what `fetch` and
 * `unstable_cache` keep are then in it, and in the front nothing of them.
 *
 * As in Next.js a request has an instance of its own. Whatever an instance throws, never answers or answers wrongly costs what
 * it keeps, never a reply: what cannot be read is made anew, what cannot be kept is not. A store that has not answered in time is left
 * alone for a while, so that not every request waits for it. The log says what fails once, until it works again.
 *
 * Its code is no part of the request that happens to ask: it runs outside of the call's scope.
 */
import * as fs from 'node:fs';

import { configModules, failureText, isDevelopment, loadConfigExport, log, settings } from '../../handler/host.ts';
import type { ConfigModule } from '../../handler/ports.ts';
import { outsideScope } from '../../handler/scope.ts';
import { outsideCached } from '../context.ts';

/** How long each method may take. */
export const ANSWER_LIMIT_MS = 5_000;
/** For how long a store is left alone that has not answered in time. */
export const REST_MS = 10_000;
/** A megabyte, as Next.js counts it. */
const DEFAULT_MEMORY = 50 * 1024 * 1024;

type Instance = Readonly<Record<string, unknown>>;
type Method = 'get' | 'set' | 'revalidateTag';

/** What `get` gave, in a box; null where it has failed. */
export type Answer = { readonly value: unknown } | null;

/** What the second argument of `revalidateTag` says of a profile. */
export interface TagDurations {
  readonly expire: number | undefined;
}

class TooSlow extends Error {
  constructor(method: string) {
    super(`\`${method}\` has not answered within ${ANSWER_LIMIT_MS / 1000} s`);
  }
}

/** What fails, and was told of. */
const failing = new Set<string>();
let restsUntil = 0;
let known: { readonly module: ConfigModule; readonly loading: Promise<{ readonly value: unknown }> } | null = null;

/** Whether the project has a store of its own. */
export function hasUserStore(): boolean {
  return configModules().cacheHandler !== undefined;
}

/** A store for one request with these fields. Null where there is none that can be asked now. */
export async function openUserStore(requestHeaders: Readonly<Record<string, string>> = {}): Promise<UserStore | null> {
  const module = configModules().cacheHandler;
  if (module === undefined || performance.now() < restsUntil) {
    return null;
  }
  const name = nameOf(module);
  try {
    const { value } = await load(module);
    if (typeof value !== 'function') {
      throw new TypeError(`the module exports ${shownType(value)}, expected a class`);
    }
    const instance = outside(() => Reflect.construct(value, [options(requestHeaders)]) as Instance);
    const { resetRequestCache } = instance;
    if (typeof resetRequestCache === 'function') {
      outside(() => Reflect.apply(resetRequestCache, instance, []) as unknown);
    }
    failing.delete('load');
    return new UserStore(name, instance);
  } catch (failure) {
    complain('load', name, 'no instance can be made; going on without it', failure);
    return null;
  }
}

/** Loads the module. Rejects with what is wrong with it: for a build, which ends with that. */
export async function checkUserStore(): Promise<void> {
  const module = configModules().cacheHandler;
  if (module === undefined) {
    return;
  }
  const { value } = await within(load(module), 'the module');
  if (typeof value !== 'function') {
    throw new TypeError(`cacheHandler: ${module.file} exports ${shownType(value)}, expected a class`);
  }
}

/** Loads the module; what is wrong with it is told. */
export async function warmUserStore(): Promise<void> {
  await checkUserStore().catch((failure: unknown) => {
    complain('load', nameOf(configModules().cacheHandler), 'no instance can be made; going on without it', failure);
  });
}

function nameOf(module: ConfigModule | undefined): string {
  return `cacheHandler (\`${module?.file ?? ''}\`)`;
}

function load(module: ConfigModule): Promise<{ readonly value: unknown }> {
  // In development a save runs the module anew.
  if (known?.module !== module || isDevelopment()) {
    known = { module, loading: outside(() => loadConfigExport(module)) };
    known.loading.catch(nothing);
  }
  return known.loading;
}

/** One instance of the user's class. */
export class UserStore {
  readonly #name: string;
  readonly #instance: Instance;

  constructor(name: string, instance: Instance) {
    this.#name = name;
    this.#instance = instance;
  }

  /** `get`; null where it has failed. */
  async get(key: string, context: object): Promise<Answer> {
    try {
      const answer = await this.#call('get', [key, context]);
      failing.delete('get');
      return answer;
    } catch (failure) {
      complain('get', this.#name, '`get` has failed; what it keeps is made anew', failure);
      return null;
    }
  }

  /** What `get` gave is nothing that was ever kept: as an entry, or as the text of a value. */
  refuse(why: string, what: 'entry' | 'text' = 'entry'): void {
    complain(what, this.#name, '`get` has given something else than an entry; it is made anew', new TypeError(why));
  }

  /** What `get` gave was an entry. */
  accept(): void {
    failing.delete('entry');
  }

  /** `set`. Never rejects. `shown` is what messages call the entry. */
  async set(key: string, data: object, context: object, shown: string): Promise<void> {
    try {
      await this.#call('set', [key, data, context]);
      failing.delete('set');
    } catch (failure) {
      if (failure instanceof TooSlow) {
        complain('set', this.#name, 'an entry is not kept', failure);
      } else {
        // Next.js tells of each.
        log('warn', `Failed to update prerender cache for ${shown} ${failureText(failure)}`);
      }
    }
  }

  /** `revalidateTag`. Never rejects. Each failure is told of: after it what was invalidated may still be used elsewhere. */
  async revalidateTag(tags: readonly string[], durations: TagDurations | undefined): Promise<void> {
    try {
      await this.#call('revalidateTag', [[...tags], durations]);
    } catch (failure) {
      log('error', `${this.#name}: ${failure instanceof TooSlow ? failure.message : failureText(failure)}`);
    }
  }

  async #call(method: Method, given: readonly unknown[]): Promise<{ readonly value: unknown }> {
    if (performance.now() < restsUntil && method !== 'revalidateTag') {
      return { value: undefined };
    }
    const called = this.#instance[method];
    if (typeof called !== 'function') {
      throw new TypeError(`\`${method}\` is not a function`);
    }
    const answered = outside(async () => ({ value: (await Reflect.apply(called, this.#instance, given)) as unknown }));
    try {
      return await within(answered, method);
    } catch (failure) {
      if (failure instanceof TooSlow) {
        restsUntil = performance.now() + REST_MS;
      }
      throw failure;
    }
  }
}

/** What Next.js hands the class. */
function options(requestHeaders: Readonly<Record<string, string>>): object {
  const { flushToDisk, serverDistDir, maxMemoryCacheSize } = settings()?.userStore ?? {};
  return {
    dev: isDevelopment(),
    fs: files(),
    flushToDisk: flushToDisk ?? true,
    serverDistDir: serverDistDir ?? '',
    revalidatedTags: [],
    maxMemoryCacheSize: maxMemoryCacheSize ?? DEFAULT_MEMORY,
    _requestHeaders: requestHeaders,
    fetchCacheKeyPrefix: settings()?.fetchCacheKeyPrefix ?? '',
  };
}

/** The functions of the file system that Next.js hands the class. */
function files(): object {
  return {
    existsSync: fs.existsSync,
    readFile: fs.promises.readFile,
    readFileSync: fs.readFileSync,
    writeFile: (file: string, data: string | Uint8Array) => fs.promises.writeFile(file, data),
    mkdir: (directory: string) => fs.promises.mkdir(directory, { recursive: true }),
    stat: (file: string) => fs.promises.stat(file),
  };
}

function complain(what: string, name: string, text: string, failure: unknown): void {
  if (!failing.has(what)) {
    failing.add(what);
    // Where it was too slow there is no place in the code to show.
    log('error', `${name}: ${text}: ${failure instanceof TooSlow ? failure.message : failureText(failure)}`);
  }
}

function shownType(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`;
}

function outside<R>(run: () => R): R {
  return outsideScope(() => outsideCached(run));
}

function nothing(): void {}

/** Waits so long and no longer. What comes too late is no matter of anybody's. */
async function within<T>(pending: Promise<T>, method: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow(method)), ANSWER_LIMIT_MS);
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    clearTimeout(timer);
  }
}
