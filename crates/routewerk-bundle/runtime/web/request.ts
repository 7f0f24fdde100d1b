/**
 * The `Request` that handlers get and make (Fetch standard, section 5.4). One that came over the channel keeps the
 * URL, the block of fields and the body as they arrived; one that a user makes is made by the platform's own class,
 * whose parts are taken over.
 *
 * Every look at a request that came over the channel is lazy: headers, body, signal.
 */
import type { Call } from '../channel/types.ts';
import { isDisturbed, isStreamBody, isUnusable, splitBody, throwUncloneable, toStream } from './body.ts';
import type { BodyValue } from './body.ts';
import { defineBodyReaders } from './body-methods.ts';
import type { BodyReaders } from './body-methods.ts';
import { INSPECT, inspectAs, shapeAsInterface } from './class-shape.ts';
import type { Inspect, InspectOptions } from './class-shape.ts';
import { fieldName, lastFlags } from './header-text.ts';
import type { FieldName } from './header-text.ts';
import { headersFromText, rawValue, textOfHeaders, textOfNative } from './headers.ts';
import type { LightHeaders } from './headers.ts';
import { IncomingBody } from './incoming-body.ts';
import { native, whenNativeLoaded } from './native.ts';

/** The methods by their number in a call. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'QUERY'] as const;

/** What `request.signal` aborts with when the client is gone, as in Next.js. */
export class ResponseAborted extends Error {
  override readonly name = 'ResponseAborted';
}

/** Makes a request of a call: `new Request(FROM_CALL, call)`. */
export const FROM_CALL: unique symbol = Symbol('call');

/** What a copy of a request is made of. */
export interface RequestParts {
  readonly url: string;
  readonly method: string;
  readonly headers: LightHeaders;
  readonly body: BodyValue;
  readonly signal: AbortSignal;
  readonly options: Request | null;
}

/** Makes a request of parts: `new Request(FROM_PARTS, parts)`. */
export const FROM_PARTS: unique symbol = Symbol('parts');

const CONTENT_TYPE = fieldName('content-type') as FieldName;

/** What `NextRequest` keeps with a request. */
export let requestExtra: (request: LightRequest) => unknown;
/** Sets what `NextRequest` keeps with a request. */
export let setRequestExtra: (request: LightRequest, extra: unknown) => void;
/** Whether an object is one of ours (and not the platform's, which is an instance of our class too). */
export let isLightRequest: (value: object) => value is LightRequest;
/** The URL as it was given, whatever a derived class makes of it. */
export let requestUrl: (request: LightRequest) => string;
/** The call's block of fields, untouched by changes to `headers`; null for a request that a user made. */
export let receivedFields: (request: LightRequest) => string | null;
/** Takes a request apart to make a copy of it; the bodies can be read independently. */
export let copyParts: (request: LightRequest) => RequestParts;
/** The platform's request with the same content; takes the body along, unless the init has one of its own. */
export let toNativeRequest: (request: LightRequest, init?: RequestInit) => Request;

/** What a platform's request says of an option. */
let optionOf: <N extends keyof Request>(request: LightRequest, name: N, fallback: Request[N]) => Request[N];

/** The readers are defined on the prototype. */
export interface LightRequest extends BodyReaders {}

export class LightRequest {
  /** Undefined while the call's URL was not looked at. */
  #url: string | undefined = undefined;
  #method: string;
  #call: Call | null = null;
  #headers: LightHeaders | null = null;
  /** Undefined while the call's body was not looked at. */
  #body: BodyValue | undefined = undefined;
  /** The body was read without a stream. */
  #isRead = false;
  #signal: AbortSignal | null = null;
  /** The platform's request that a user made: its body is this one's; it has what a call does not have, as `cache`. */
  #options: Request | null = null;
  /** A slot for `NextRequest`: fields of a derived class would make each construction slower. */
  #extra: unknown = undefined;

  constructor(input: RequestInfo | URL | typeof FROM_CALL | typeof FROM_PARTS, init?: RequestInit | Call | RequestParts) {
    if (input === FROM_CALL) {
      const call = init as Call;
      this.#call = call;
      this.#method = METHODS[call.method] as string;
      return;
    }
    if (input === FROM_PARTS) {
      const parts = init as RequestParts;
      this.#url = parts.url;
      this.#method = parts.method;
      this.#headers = parts.headers;
      this.#body = parts.body;
      this.#signal = parts.signal;
      this.#options = parts.options;
      return;
    }
    const isOurs = typeof input === 'object' && input !== null && isLightRequest(input);
    const source = isOurs ? toNativeRequest(input, init as RequestInit) : input;
    const args = arguments.length < 2 ? [source] : [source, init];
    const made = new (native().Request)(...((arguments.length === 0 ? [] : args) as [string]));
    this.#url = made.url;
    this.#method = made.method;
    this.#headers = headersFromText(textOfNative(made.headers), 'canonical', lastFlags);
    this.#body = made.body;
    this.#options = made;
  }

  static {
    requestUrl = (request) => request.#ownUrl();
    // A platform whose own request lacks an option finds ours through the prototype.
    optionOf = (request, name, fallback) => (#url in request ? (request.#options?.[name] ?? fallback) : fallback);
    requestExtra = (request) => request.#extra;
    setRequestExtra = (request, extra) => {
      request.#extra = extra;
    };
    isLightRequest = (value): value is LightRequest => #url in value;
    receivedFields = (request) => (request.#call === null ? null : request.#call.headers);
    copyParts = (request) => request.#copyParts();
    toNativeRequest = (request, init) => {
      const { Request } = native();
      return request.#options === null ? new Request(request.#ownUrl(), request.#nativeInit(init)) : request.#agreedOptions();
    };
    defineBodyReaders(LightRequest.prototype, {
      isOurs: isLightRequest,
      take(request) {
        const body = request.#heldBody();
        if (request.#isRead || (isStreamBody(body) && isUnusable(body))) {
          return undefined;
        }
        request.#isRead = body !== null && !isStreamBody(body);
        return body;
      },
      contentType: (request) => rawValue(request.#ownHeaders(), CONTENT_TYPE),
    });
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#ownUrl();
  }

  get headers(): Headers {
    return this.#ownHeaders() as unknown as Headers;
  }

  get destination(): RequestDestination {
    return optionOf(this, 'destination', '');
  }

  get referrer(): string {
    return optionOf(this, 'referrer', 'about:client');
  }

  get referrerPolicy(): ReferrerPolicy {
    return optionOf(this, 'referrerPolicy', '');
  }

  get mode(): RequestMode {
    return optionOf(this, 'mode', 'cors');
  }

  get credentials(): RequestCredentials {
    return optionOf(this, 'credentials', 'same-origin');
  }

  get cache(): RequestCache {
    return optionOf(this, 'cache', 'default');
  }

  get redirect(): RequestRedirect {
    return optionOf(this, 'redirect', 'follow');
  }

  get integrity(): string {
    return optionOf(this, 'integrity', '');
  }

  get keepalive(): boolean {
    return optionOf(this, 'keepalive', false);
  }

  get isReloadNavigation(): boolean {
    return false;
  }

  get isHistoryNavigation(): boolean {
    return false;
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      this.#signal = this.#call === null ? (this.#options as Request).signal : signalOf(this.#call);
    }
    return this.#signal;
  }

  get body(): ReadableStream | null {
    const body = this.#heldBody();
    if (body === null || isStreamBody(body)) {
      return body;
    }
    const stream = this.#isRead ? toStream('') : toStream(body);
    if (this.#isRead) {
      // It was read without a stream; whoever asks for one now finds it spent.
      void stream?.getReader().cancel();
    }
    this.#body = stream;
    this.#isRead = false;
    return stream;
  }

  get bodyUsed(): boolean {
    return this.#isRead || (isStreamBody(this.#body ?? null) && isDisturbed(this.#body as ReadableStream));
  }

  get duplex(): 'half' {
    return 'half';
  }

  clone(): Request {
    return new LightRequest(FROM_PARTS, copyParts(this)) as unknown as Request;
  }

  [INSPECT](_depth: number, options: InspectOptions, inspect: Inspect): unknown {
    return #url in this ? inspectAs('Request', this.#shown(), options, inspect) : this;
  }

  #shown(): object {
    const { method, url, headers, destination, referrer, referrerPolicy, mode, credentials, cache } = this;
    const { redirect, integrity, keepalive, isReloadNavigation, isHistoryNavigation, signal } = this;
    return {
      ...{ method, url, headers, destination, referrer, referrerPolicy, mode, credentials, cache },
      ...{ redirect, integrity, keepalive, isReloadNavigation, isHistoryNavigation, signal },
    };
  }

  #ownUrl(): string {
    this.#url ??= (this.#call as Call).url;
    return this.#url;
  }

  #ownHeaders(): LightHeaders {
    this.#headers ??= headersFromText((this.#call as Call).headers, 'received', 0);
    return this.#headers;
  }

  #heldBody(): BodyValue {
    if (this.#body === undefined) {
      this.#body = bodyOf(this.#call as Call);
    }
    return this.#body;
  }

  #copyParts(): RequestParts {
    const headers = headersFromText(textOfHeaders(this.#ownHeaders()), 'canonical', lastFlags);
    const parts = { url: this.#ownUrl(), method: this.#method, headers };
    if (this.#options !== null) {
      const copy = this.#options.clone();
      this.#body = this.#options.body;
      return { ...parts, body: copy.body, signal: copy.signal, options: copy };
    }
    const body = this.#heldBody();
    if (this.#isRead || (isStreamBody(body) && isUnusable(body))) {
      throwUncloneable('Request');
    }
    const [mine, theirs] = splitBody(body);
    this.#body = mine;
    return { ...parts, body: theirs, signal: this.signal, options: null };
  }

  /** The platform's request that this one was made of, with the same fields. It has the same body: the very stream. */
  #agreedOptions(): Request {
    const { headers } = this.#options as Request;
    const own = this.#ownHeaders();
    for (const name of [...headers.keys()].filter((each) => headers.get(each) !== own.get(each))) {
      headers.delete(name);
    }
    const agreed = new Set(headers.keys());
    for (const [name, value] of [...own.entries()].filter(([each]) => !agreed.has(each))) {
      headers.append(name, value);
    }
    return this.#options as Request;
  }

  /** What the platform makes the request of a call with. */
  #nativeInit(init: RequestInit | undefined): RequestInit {
    const made: RequestInit = { method: this.#method, headers: this.headers, signal: this.signal };
    const body = this.#heldBody();
    if (body === null || (init?.body !== undefined && init.body !== null)) {
      return made;
    }
    if (this.#isRead || (isStreamBody(body) && isUnusable(body))) {
      throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
    }
    made.body = this.body as ReadableStream;
    (made as { duplex?: string }).duplex = 'half';
    return made;
  }
}
shapeAsInterface(LightRequest, 'Request', 1);
whenNativeLoaded(({ Request }) => Object.setPrototypeOf(Request.prototype, LightRequest.prototype));

/** The body of a call; a GET or HEAD has none, whatever the client sent, as in Next.js. */
function bodyOf(call: Call): BodyValue {
  if (call.method <= 1) {
    return null;
  }
  if (call.body === null) {
    return '';
  }
  return (call.body.complete as Uint8Array<ArrayBuffer> | null) ?? new IncomingBody(call.body);
}

/** A signal that aborts when the call's client is gone. */
function signalOf(call: Call): AbortSignal {
  if (call.isAborted) {
    return AbortSignal.abort(new ResponseAborted());
  }
  const controller = new AbortController();
  const earlier = call.onAbort;
  call.onAbort = (): void => {
    controller.abort(new ResponseAborted());
    earlier?.();
  };
  return controller.signal;
}
