/**
 * `'use cache'`: the compiler makes of a function with the directive one that asks here (`src/use_cache.rs`).
 *
 * What a function returns is kept under its place in the build, its arguments and the variables that it captures. Every caller gets a
 * value of his own, read from text, also the first. As in Next.js a value that is older than its `revalidate` is made anew before
 * anybody gets it; one whose tag has become stale is given out once more.
 */
import { isDevelopment, logValue, settings } from '../handler/host.ts';
import { trackWork } from '../handler/after.ts';
import { currentScope } from '../handler/scope.ts';
import type { CallScope } from '../handler/scope.ts';
import { isDraftCall } from '../next/draft-mode.ts';
import { cachedContext, runCached } from './context.ts';
import type { CachedContext } from './context.ts';
import { flatten, unflatten } from './flatten.ts';
import { hanging } from './dynamic.ts';
import { find, giveUp, store } from './front.ts';
import type { Found } from './front.ts';
import { guardRequest } from './guarded-request.ts';
import { KeyHash } from './key.ts';
import { INFINITE, lifeProfile } from './life.ts';
import type { CacheLife } from './life.ts';
import { mustSkip } from './skip.ts';
import type { Lifetime } from './work.ts';

/** What a cached function has said of its lifetime so far. */
export class CachedLife implements Lifetime {
  /** The shortest of what was used inside; `cacheLife` decides over it. */
  revalidate = INFINITE;
  expire = INFINITE;
  readonly tags = new Set<string>();
  /** What `cacheLife` has said; the shortest where it was called several times. */
  said: { stale?: number; revalidate?: number; expire?: number } | null = null;

  /** Takes a lifetime that `cacheLife` was given. */
  say(life: CacheLife): void {
    this.said ??= {};
    for (const key of ['stale', 'revalidate', 'expire'] as const) {
      const value = life[key];
      if (value !== undefined) {
        this.said[key] = Math.min(this.said[key] ?? INFINITE, value);
      }
    }
  }

  /** For how long the value is good. */
  result(): { stale: number; revalidate: number; expire: number } {
    const base = lifeProfile('default') as CacheLife;
    const revalidate = this.said?.revalidate ?? base.revalidate ?? INFINITE;
    const expire = this.said?.expire ?? base.expire ?? INFINITE;
    const stale = this.said?.stale ?? base.stale ?? INFINITE;
    return { stale, revalidate: Math.min(revalidate, this.revalidate), expire: Math.min(expire, this.expire) };
  }
}

/** A value as it is kept. */
interface Kept {
  readonly stale: number;
  readonly revalidate: number;
  readonly expire: number;
  readonly tags: readonly string[];
  readonly text: string;
}

const GENERIC =
  'An error occurred in the Server Components render. The specific message is omitted in production builds to avoid leaking ' +
  'sensitive details. A digest property is included on this error instance which may provide additional details about the ' +
  'nature of the error.';

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
  const args = Array.from(given).slice(0, count === -1 ? undefined : count);
  const variables = await flatten(captured, false);
  const argumentText = await flatten(args, true);
  const build = settings()?.buildId ?? '';
  const key = new KeyHash('use-cache').add(build).add(id).add(kind).add(variables).add(argumentText).hex();
  const call = new CachedCall(key, scope, outer, () => run(...(unflatten(argumentText) as unknown[])));
  return kind === 'private' ? call.answerPrivately() : call.answer();
}

class CachedCall {
  #key: string;
  #scope: CallScope | undefined;
  #outer: CachedContext | undefined;
  #run: () => unknown;

  constructor(key: string, scope: CallScope | undefined, outer: CachedContext | undefined, run: () => unknown) {
    this.#key = key;
    this.#scope = scope;
    this.#outer = outer;
    this.#run = run;
  }

  async answer(): Promise<unknown> {
    const scope = this.#scope;
    if (scope !== undefined && isDraftCall(scope)) {
      // Nothing that is kept is used, and nothing is kept beyond the request.
      const values = scope.cacheWork().privateValues;
      const made = (values.get(this.#key) as Promise<Kept> | undefined) ?? this.#make(null);
      values.set(this.#key, made);
      return this.#read(await made);
    }
    if (scope?.work?.failedValues.has(this.#key) === true) {
      // What has failed is not tried again for the same request, as in Next.js.
      throw scope.work.failedValues.get(this.#key);
    }
    const known = scope?.work?.trial?.values.get(this.#key) as Kept | undefined;
    if (known !== undefined) {
      return this.#read(known);
    }
    return scope === undefined ? this.#look() : scope.cacheWork().reading(() => this.#look());
  }

  async #look(): Promise<unknown> {
    const scope = this.#scope;
    const tags = scope?.cacheWork().implicitTags ?? [];
    const isSkipped = scope !== undefined && (await mustSkip(scope, tags));
    const isFreshWanted = scope === undefined || this.#outer !== undefined || scope.work?.isGeneration === true;
    let found: Found | null = null;
    try {
      found = await find(this.#key, 'use-cache', tags, false, isSkipped ? 'never' : isFreshWanted ? 'stale' : 'missing');
    } catch (failure) {
      logValue('warn', 'the cache could not be asked: ', failure);
    }
    const kept = isSkipped || found === null || found.value === null ? null : readKept(found.value);
    const isUsable = kept !== null && scope?.work?.hasInvalidated(kept.tags) !== true;
    if (!isUsable || (found !== null && found.isStale && isFreshWanted)) {
      return this.#read(await this.#make(found));
    }
    if (found !== null && found.isStale && found.lead) {
      scope?.cacheWork().track(this.#key, this.#refresh(found));
    }
    return this.#read(kept);
  }

  /** Runs once per request, and nothing is kept beyond it. */
  async answerPrivately(): Promise<unknown> {
    const work = this.#scope?.cacheWork();
    if (work === undefined) {
      throw new Error('`"use cache: private"` needs an active request. Move it to a request-time component or function.');
    }
    const made = (work.privateValues.get(this.#key) as Promise<Kept> | undefined) ?? this.#makePrivate();
    work.privateValues.set(this.#key, made);
    return unflatten((await made).text);
  }

  async #makePrivate(): Promise<Kept> {
    const lifetime = new CachedLife();
    const context = { kind: 'private-cache', route: this.#scope?.route ?? '', lifetime } as const;
    const text = await this.#runIn(context);
    return { ...lifetime.result(), tags: [], text };
  }

  /** What is used counts for what it is used in. */
  #read(kept: Kept): unknown {
    const work = this.#scope?.work;
    work?.trial?.values.set(this.#key, kept);
    if (work !== null && work !== undefined && work.trial !== null && this.#outer === undefined && isBrief(kept)) {
      work.noteDynamic('"use cache"');
      return hanging();
    }
    const lifetime = this.#outer === undefined ? (work?.isGeneration === true ? work : null) : this.#outer.lifetime;
    if (lifetime !== null && lifetime !== undefined) {
      lifetime.revalidate = Math.min(lifetime.revalidate, kept.revalidate);
      lifetime.expire = Math.min(lifetime.expire, kept.expire);
      kept.tags.forEach((tag) => lifetime.tags.add(tag));
    }
    return unflatten(kept.text);
  }

  /** Runs the function and keeps what it returns. */
  async #make(found: Found | null): Promise<Kept> {
    const lifetime = new CachedLife();
    let text: string;
    try {
      text = await this.#runIn({ kind: 'use-cache', route: this.#scope?.route ?? '', lifetime });
    } catch (failure) {
      this.#scope?.cacheWork().failedValues.set(this.#key, failure);
      await this.#release(found);
      throw failure;
    }
    const kept: Kept = { ...lifetime.result(), tags: [...lifetime.tags], text };
    if (found === null) {
      return kept;
    }
    const keeping = this.#keep(kept, found);
    const work = this.#scope?.cacheWork();
    if (work === undefined) {
      trackWork(keeping);
    } else {
      work.track(`store ${this.#key}`, keeping);
    }
    return kept;
  }

  async #runIn(context: CachedContext): Promise<string> {
    if (this.#scope !== undefined && context.kind === 'use-cache') {
      guardRequest(this.#scope);
    }
    try {
      return await runCached(context, async () => flatten(await this.#run(), false));
    } catch (failure) {
      throw hidden(failure);
    }
  }

  /** Never rejects. */
  async #keep(kept: Kept, found: Found): Promise<void> {
    const seconds = Math.min(kept.revalidate, kept.expire);
    if (seconds <= 0) {
      await this.#release(found);
      return;
    }
    try {
      const value = Buffer.from(JSON.stringify(kept), 'utf8');
      const { tags } = kept;
      const expire = seconds >= INFINITE ? null : seconds;
      await store({ key: this.#key, kind: 'use-cache', value, tags, revalidate: false, expire, sequence: found.sequence });
    } catch (failure) {
      logValue('warn', 'a value of `"use cache"` was not stored: ', failure);
      await this.#release(found);
    }
  }

  /** Never rejects: what fails is logged, and what is stale stays. */
  async #refresh(found: Found): Promise<void> {
    try {
      await this.#make(found);
    } catch {
      // Logged where its message was taken off.
    }
  }

  async #release(found: Found | null): Promise<void> {
    if (found?.lead === true) {
      await giveUp(this.#key, 'use-cache').catch((failure: unknown) => logValue('warn', '', failure));
    }
  }
}

/** What lives so briefly is no part of what is prerendered: Next.js's limits. */
function isBrief({ stale, revalidate, expire }: Kept): boolean {
  return revalidate === 0 || expire < 300 || stale < 30;
}

function readKept(bytes: Uint8Array): Kept | null {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as Kept;
  } catch {
    return null;
  }
}

/** What a caller gets of an error inside: in production its message is only in the log, as in Next.js. */
function hidden(failure: unknown): unknown {
  if (isDevelopment() || (failure instanceof Error && failure.message === GENERIC)) {
    return failure;
  }
  const digest = digestOf(failure);
  const shown = typeof failure === 'object' && failure !== null ? failure : new Error(String(failure));
  if (!('digest' in shown) && Object.isExtensible(shown)) {
    Object.assign(shown, { digest });
  }
  logValue('error', '⨯ ', shown);
  return Object.assign(new Error(GENERIC), { digest });
}

function digestOf(failure: unknown): string {
  if (typeof failure === 'object' && failure !== null && typeof (failure as { digest?: unknown }).digest === 'string') {
    return (failure as { digest: string }).digest;
  }
  const text = failure instanceof Error ? `${failure.message}${failure.stack ?? ''}` : String(failure);
  let hash = 5381;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    hash = (hash * 33) ^ text.charCodeAt(index);
  }
  return String(hash >>> 0);
}
