/**
 * `fetch` in handlers: what its options or its route say is to be kept is kept in the front.
 *
 * A call that nothing says anything about goes straight to the platform. Requests share a stored response only if their method,
 * URL, fields (but for those of tracing), body and options are the same. Only a 200 is stored.
 */
import { isDevelopment, logValue } from '../../handler/host.ts';
import { currentScope, outsideScope } from '../../handler/scope.ts';
import type { CallScope } from '../../handler/scope.ts';
import { isDraftCall } from '../../next/draft-mode.ts';
import { cachedContext } from '../context.ts';
import { addDispatcher, dispatcherOf } from './dispatcher-key.ts';
import { hanging } from '../dynamic/dynamic.ts';
import { fetchPolicy, isUnset, noteOrigin } from './fetch-policy.ts';
import type { FetchCall, FetchPolicy, NextOptions } from './fetch-policy.ts';
import { find, giveUp, store } from '../front.ts';
import type { Found } from '../front.ts';
import { KeyHash } from '../key.ts';
import { INFINITE } from '../life.ts';
import { addBody, BodyFailure } from './request-body.ts';
import { forFront } from '../seconds.ts';
import { isHardReload, mustSkipFetch } from '../skip.ts';
import { collectBody, headOf, readStored, respond, responseBytes, writeStored } from './stored-response.ts';
import { hasUserStore } from '../user/user-store.ts';
import { findUserValue, keepUserValue, leaveUserValue, NOTHING } from '../user/user-values.ts';
import type { CacheWork, FetchScope } from '../work.ts';

/** What `fetch` takes as its second argument, with the options of Next.js. */
export type Init = RequestInit & { readonly next?: NextOptions };

/** The platform's `fetch`, which takes our requests as well. */
export type OriginFetch = (input: RequestInfo | URL, init: RequestInit | undefined) => Promise<Response>;

/** Next.js writes a year where an entry is kept for good. */
const ONE_YEAR = 31536000;

/** Answers a `fetch` that caching is concerned with; null for any other. */
export function cachedFetch(input: RequestInfo | URL, init: Init | undefined, origin: OriginFetch): Promise<Response> | null {
  const call = currentScope();
  const scope: FetchScope | undefined = call ?? cachedContext()?.fetches;
  if (scope === undefined || init?.next?.internal === true || !concernsCache(scope, input, init)) {
    return null;
  }
  return call !== undefined && isDraftCall(call) ? null : new CachedFetch(scope, call ?? null, input, init, origin).run();
}

function concernsCache(scope: FetchScope, input: RequestInfo | URL, init: Init | undefined): boolean {
  return (
    (scope.work !== null && (scope.work.isGeneration || scope.work.isNoStore)) ||
    scope.fetchCache !== undefined ||
    (init !== undefined && init !== null && (Boolean(init.cache) || init.next !== undefined)) ||
    (isRequest(input) && input.cache !== 'default') ||
    cachedContext() !== undefined
  );
}

/** One `fetch`. */
class CachedFetch {
  #scope: FetchScope;
  /** The call that it belongs to; null in a generator. */
  #call: CallScope | null;
  #work: CacheWork;
  #origin: OriginFetch;
  #input: RequestInfo | URL;
  #init: Init | undefined;
  #key = '';
  #found: Found | null = null;
  #url = '';
  /** What the second argument has named beside a request. */
  #dispatcher: unknown = undefined;
  #policy: FetchPolicy = { revalidate: 0, tags: [], isImplicit: false, warning: null };

  constructor(scope: FetchScope, call: CallScope | null, input: RequestInfo | URL, init: Init | undefined, origin: OriginFetch) {
    this.#scope = scope;
    this.#call = call;
    this.#work = scope.cacheWork();
    this.#origin = origin;
    // Copied as the platform does: whoever asked may change them while the front is asked, and what is sent is what was looked up.
    this.#input = typeof input === 'object' && input !== null && !isRequest(input) ? String(input) : input;
    this.#init = init === undefined || init === null ? undefined : copyOf(init);
  }

  async run(): Promise<Response> {
    if (isRequest(this.#input)) {
      // One effective request: what is decided, what is looked up and what is sent are the same.
      const { next, ...overrides } = this.#init ?? {};
      const own = this.#init === undefined ? (this.#input as { readonly next?: NextOptions }).next : undefined;
      this.#input = new Request(this.#input, overrides);
      this.#dispatcher = (overrides as { readonly dispatcher?: unknown }).dispatcher;
      if (own !== undefined) {
        Object.assign(this.#input, { next: own });
      }
      this.#init = next === undefined ? undefined : { next };
    }
    const call = this.#describe();
    this.#url = call.url;
    const isOfGeneration = this.#work.trial !== null && cachedContext() === undefined;
    if (isOfGeneration && isUnset(call, this.#scope.fetchCache)) {
      this.#work.noteDynamic('fetch()');
      return hanging();
    }
    this.#policy = fetchPolicy(call, this.#scope, this.#work);
    this.#warn(call);
    if (isOfGeneration && this.#work.dynamicUse !== null) {
      return hanging();
    }
    if (this.#policy.revalidate > 0 && call.url !== '') {
      return this.#work.reading(() => this.#answerOrFetch(call));
    }
    noteOrigin(call, this.#scope, this.#work);
    return this.#fetchOrigin(false);
  }

  async #answerOrFetch(call: FetchCall): Promise<Response> {
    const answer = await this.#answerFromStore();
    if (answer !== null) {
      return answer;
    }
    noteOrigin(call, this.#scope, this.#work);
    return this.#fetchOrigin(false);
  }

  /** Tells in development of options that contradict each other, below the line of the request (Next.js). */
  #warn(call: FetchCall): void {
    const { warning } = this.#policy;
    if (warning !== null && this.#call !== null && isDevelopment()) {
      const text = ` │ ${call.method ?? 'GET'} ${call.url}\n │ │ ⚠ ${warning}`;
      this.#call.after.add(() => logValue('warn', '', text));
    }
  }

  #describe(): FetchCall {
    const input = this.#input;
    const init = this.#init;
    const request = isRequest(input) ? input : null;
    return {
      shown: String(input),
      url: urlOf(input),
      isRequest: request !== null,
      cache: init?.cache ?? request?.cache ?? null,
      method: init?.method ?? request?.method ?? null,
      headers: init?.headers ?? request?.headers ?? null,
      next: nextOptions(init?.next, request),
      init: init === undefined ? null : { cache: init.cache, next: init.next },
    };
  }

  /** The stored response; null where there is none that can be used. */
  async #answerFromStore(): Promise<Response | null> {
    const key = await this.#makeKey();
    if (key === null) {
      return null;
    }
    const known = this.#work.trial?.values.get(key) as Uint8Array<ArrayBuffer> | undefined;
    if (known !== undefined) {
      return readStored(known);
    }
    const { tags, revalidate } = this.#policy;
    const allTags = [...tags, ...this.#work.implicitTags];
    const isSkipped = this.#call !== null && mustSkipFetch(this.#call, allTags);
    const isFreshWanted = this.#work.isGeneration || cachedContext() !== undefined;
    // In the user's own store it may have been made anew by another part of the call before the tags have been judged.
    const wasUnderWay = hasUserStore() && this.#work.underWay(key) !== undefined;
    try {
      this.#found = hasUserStore() ? await this.#askUser(key) : await find(key, 'fetch', allTags, forFront(revalidate), isSkipped ? 'never' : isFreshWanted ? 'stale' : 'missing');
    } catch (failure) {
      logValue('warn', 'the cache could not be asked: ', failure);
      return null;
    }
    this.#key = key;
    const { value, isStale, lead } = this.#found;
    const response = isSkipped || value === null ? null : readStored(value);
    if (response === null || value === null || (isStale && isFreshWanted)) {
      return null;
    }
    this.#work.trial?.values.set(key, value);
    if (isStale && lead && !wasUnderWay && this.#work.underWay(key) === undefined) {
      this.#work.track(key, this.#refresh());
    }
    return response;
  }

  /** What the user's own store has. */
  async #askUser(key: string): Promise<Found> {
    this.#work.valueIndex += 1;
    const found = { ...NOTHING, index: this.#work.valueIndex };
    if (this.#call !== null && isHardReload(this.#call)) {
      return found;
    }
    const { tags, revalidate } = this.#policy;
    const softTags = this.#work.implicitTags;
    const context = { kind: 'FETCH', revalidate, fetchUrl: this.#url, fetchIdx: found.index, tags: [...tags], softTags: [...softTags] };
    const value = await findUserValue(this.#call ?? undefined, { key, context, tags, softTags, revalidate, isLocking: true });
    return value === null ? found : { ...found, value: responseBytes(value.data), isStale: value.isStale };
  }

  /** Makes a stale response anew. Never rejects. */
  async #refresh(): Promise<void> {
    try {
      const response = await this.#fetchOrigin(true);
      await response.arrayBuffer();
    } catch (failure) {
      logValue('error', '', failure);
    }
  }

  async #fetchOrigin(isRefresh: boolean): Promise<Response> {
    let init: RequestInit | undefined = this.#init;
    if (init !== undefined) {
      const { next, ...own } = this.#init as Init;
      void next;
      init = own;
    }
    if (this.#dispatcher !== undefined) {
      init = { ...init, dispatcher: this.#dispatcher } as RequestInit;
    }
    if (isRefresh) {
      // Whoever ends the call does not end what is made for others.
      if (isRequest(this.#input)) {
        this.#input = new Request(this.#input, { signal: null });
      }
      init = init === undefined ? undefined : { ...init, signal: null };
    }
    let response: Response;
    try {
      response = await outsideScope(() => this.#origin(this.#input, init));
    } catch (failure) {
      await this.#release();
      throw failure;
    }
    if (this.#found === null || response.status !== 200) {
      await this.#release();
      return response;
    }
    return this.#work.isGeneration ? this.#keepWhole(response) : this.#keepBeside(response, init?.signal ?? null);
  }

  /** Stores a response and answers it when that is done. */
  async #keepWhole(response: Response): Promise<Response> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (failure) {
      await this.#release();
      throw failure;
    }
    await this.#store(response, bytes, bytes.length);
    return respond(bytes, response.headers, response.status, response.statusText, response.url);
  }

  /** Answers a response at once and stores it when its body has come. */
  #keepBeside(response: Response, signal: AbortSignal | null): Response {
    if (response.body === null) {
      this.#work.track(`store ${this.#key}`, this.#store(response, new Uint8Array(0), 0));
      return response;
    }
    const [mine, kept] = response.body.tee() as [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>];
    const storing = collectBody(kept).then(
      ({ bytes, length }) => this.#store(response, bytes, length),
      async (failure: unknown) => {
        if (signal?.aborted !== true) {
          logValue('warn', `Failed to set fetch cache ${this.#url} `, failure);
        }
        await this.#release();
      },
    );
    this.#work.track(`store ${this.#key}`, storing);
    return respond(mine, response.headers, response.status, response.statusText, response.url);
  }

  /** Never rejects: what cannot be stored is logged. */
  async #store(response: Response, bytes: Uint8Array | null, length: number): Promise<void> {
    const { revalidate, tags, isImplicit } = this.#policy;
    const seconds = revalidate >= INFINITE ? ONE_YEAR : revalidate;
    const value = writeStored(headOf(response), { bytes, length }, { revalidate: seconds, isImplicit, url: this.#url });
    if (value !== null) {
      this.#work.trial?.values.set(this.#key, new Uint8Array(value));
    }
    if (value === null) {
      await this.#release();
      return;
    }
    if (hasUserStore()) {
      await this.#keepForUser(response, bytes as Uint8Array, seconds);
      return;
    }
    const { sequence } = this.#found as Found;
    try {
      // How old it may be is for each asker to say.
      await store({ key: this.#key, kind: 'fetch', value, tags, revalidate: false, expire: null, sequence });
    } catch (failure) {
      logValue('warn', `Failed to set fetch cache ${this.#url} `, failure);
      await this.#release();
    }
  }

  /** Hands the response to the user's own store. */
  async #keepForUser(response: Response, bytes: Uint8Array, seconds: number): Promise<void> {
    const { status, url, headers } = headOf(response);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    const { tags, isImplicit } = this.#policy;
    const context = { fetchCache: true, fetchUrl: this.#url, fetchIdx: this.#found?.index, tags: [...tags], isImplicitBuildTimeCache: isImplicit };
    await keepUserValue(this.#call ?? undefined, this.#key, { headers, body, status, url }, seconds, context);
  }

  /** Lets those go on who wait for this one. */
  async #release(): Promise<void> {
    if (hasUserStore()) {
      leaveUserValue(this.#call ?? undefined, this.#key);
      return;
    }
    if (this.#found?.lead === true) {
      this.#found = { ...this.#found, lead: false };
      await giveUp(this.#key, 'fetch').catch((failure: unknown) => logValue('warn', '', failure));
    }
  }

  /** The key of the effective request; null where it has none: then nothing is stored. What was read for it is put back. */
  async #makeKey(): Promise<string | null> {
    const key = new KeyHash('fetch');
    try {
      const input = this.#input;
      if (isRequest(input)) {
        addOptions(key, input.url, input.method, input.headers, input);
        addDispatcher(key, this.#dispatcher ?? dispatcherOf(input));
        const keyed = await addBody(key, input.body);
        if (input.body !== null) {
          this.#input = new Request(input.url, { ...partsOf(input), body: keyed.body ?? null, duplex: 'half' } as RequestInit);
        }
        return keyed.isKeyed ? key.hex() : null;
      }
      const init: Init = this.#init ?? {};
      addOptions(key, new URL(String(input)).href, methodOf(init.method), new Headers(init.headers ?? {}), init);
      addDispatcher(key, (init as { readonly dispatcher?: unknown }).dispatcher);
      const keyed = await addBody(key, init.body);
      if (keyed.body !== init.body) {
        this.#init = { ...init, body: keyed.body ?? null, duplex: 'half' } as Init;
      }
      return keyed.isKeyed ? key.hex() : null;
    } catch (failure) {
      if (failure instanceof BodyFailure) {
        throw failure;
      }
      logValue('error', `Failed to generate cache key for ${this.#url} `, failure);
      return null;
    }
  }
}

/** What the platform reads of the second argument, wherever it stands. */
const MEMBERS = [
  ...['method', 'headers', 'body', 'mode', 'redirect', 'credentials', 'referrer', 'referrerPolicy', 'integrity', 'cache', 'keepalive'],
  ...['signal', 'duplex', 'priority', 'window', 'dispatcher', 'next'],
];

function copyOf(init: Init): Init {
  const copy: Record<string, unknown> = { ...init };
  for (const name of MEMBERS) {
    const value = (init as Record<string, unknown>)[name];
    if (value !== undefined) {
      copy[name] = value;
    }
  }
  if (copy['headers'] !== undefined && copy['headers'] !== null) {
    copy['headers'] = new Headers(copy['headers'] as HeadersInit);
  }
  return copy as Init;
}

/** A method as it is sent: the platform writes no others in capitals. */
function methodOf(method: string | undefined): string {
  const text = String(method ?? 'GET');
  return /^(?:delete|get|head|options|post|put)$/i.test(text) ? text.toUpperCase() : text;
}

const OPTIONS = ['mode', 'redirect', 'credentials', 'referrer', 'referrerPolicy', 'integrity', 'cache'] as const;

/** What changes with every trace says nothing about what is asked for. */
const TRACING = new Set(['traceparent', 'tracestate']);

function addOptions(key: KeyHash, url: string, method: string, headers: Headers, options: RequestInit | Request): void {
  const fields = [...headers].filter(([name]) => !TRACING.has(name));
  key.add(method).add(url).add(String(fields.length));
  fields.forEach(([name, value]) => key.add(name).add(value));
  OPTIONS.forEach((name) => key.add(options[name] === undefined ? null : String(options[name])));
}

function partsOf(request: Request): RequestInit {
  const { method, headers, mode, redirect, credentials, referrer, referrerPolicy, integrity, cache, signal, keepalive } = request;
  return { method, headers, mode, redirect, credentials, referrer, referrerPolicy, integrity, cache, signal, keepalive };
}

/** The options of Next.js: those of the second argument, else those that somebody has put on the request. */
function nextOptions(given: NextOptions | undefined, request: Request | null): NextOptions {
  const own = (request as { readonly next?: NextOptions } | null)?.next;
  const { revalidate = own?.revalidate, tags = own?.tags } = given ?? {};
  return { revalidate, tags };
}

function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && typeof (input as { method?: unknown }).method === 'string';
}

/** The URL without credentials, as messages show it; empty where it is none: the platform words the error. */
function urlOf(input: RequestInfo | URL): string {
  try {
    const url = new URL(isRequest(input) ? input.url : String(input));
    url.username = '';
    url.password = '';
    return url.href;
  } catch {
    return '';
  }
}
