/**
 * The `Response` that handlers make (Fetch standard, section 5.5). It keeps its fields as canonical text and its body
 * as the value that was given, so a reply that nobody looked into crosses without a `Headers` object or a stream.
 *
 * What is not plainly valid is made by the platform's own class, whose parts are then taken over: conversions, errors
 * and their texts are the platform's.
 */
import { copyBytes, isDisturbed, isStream, isStreamBody, isUnusable, splitBody, throwUncloneable, toStream } from './body.ts';
import { defineBodyReaders } from './body-methods.ts';
import type { BodyReaders } from './body-methods.ts';
import type { BodyValue } from './body.ts';
import { INSPECT, inspectAs, shapeAsInterface } from './class-shape.ts';
import type { Inspect, InspectOptions } from './class-shape.ts';
import { FLAG_CONTENT_TYPE, fieldName, insertField, lastFlags } from './header-text.ts';
import type { FieldName } from './header-text.ts';
import { headersFromText, makeImmutable, rawValue, textOfHeaders, textOfNative, textOfPlainInit } from './headers.ts';
import type { LightHeaders } from './headers.ts';
import { native, whenNativeLoaded } from './native.ts';

/** What a response is made with when everything has been checked; see `makeResponse`. */
export class PreparedInit {
  readonly status: number;
  readonly statusText: string;
  /** Canonical text. */
  readonly text: string;
  readonly flags: number;

  constructor(status: number, statusText: string, text: string, flags: number) {
    this.status = status;
    this.statusText = statusText;
    this.text = text;
    this.flags = flags;
  }
}

const CONTENT_TYPE = fieldName('content-type') as FieldName;
const JSON_TYPE = 'application/json';
const PLAIN_TEXT = 'text/plain;charset=UTF-8';
/** Says that a body is JSON text; only `makeJson` has it. */
const JSON_TEXT: unique symbol = Symbol('json');
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';
const REASON_PHRASE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `Response.json(data)` without init. */
const JSON_INIT = new PreparedInit(200, '', 'content-type\napplication/json\n', FLAG_CONTENT_TYPE);

/** Whether a status has no body by definition (Fetch standard, "null body status"; 101 cannot be constructed). */
function isNullBodyStatus(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** What `NextResponse` keeps with a response. */
export let responseExtra: (response: LightResponse) => unknown;
/** Sets what `NextResponse` keeps with a response. */
export let setResponseExtra: (response: LightResponse, extra: unknown) => void;
/** Whether an object is one of ours (and not the platform's, which is an instance of our class too). */
export let isLightResponse: (value: object) => value is LightResponse;
/** The status, without the detour over the prototype, which users may have changed. */
export let responseStatus: (response: LightResponse) => number;
/** `statusText`. */
export let responseReason: (response: LightResponse) => string;
/** The canonical text of the fields; sets `responseFlags`. */
export let responseText: (response: LightResponse) => string;
/** The flags (`header-text`) of the text that `responseText` returned last. */
export let responseFlags = 0;
/** The body as it can be sent, or undefined when it has been read. */
export let bodyToSend: (response: LightResponse) => BodyValue | undefined;

/** The readers are defined on the prototype. */
export interface LightResponse extends BodyReaders {}

export class LightResponse {
  #status: number;
  #statusText: string;
  /** The fields while nobody asked for `headers`. */
  #text: string;
  #flags: number;
  #headers: LightHeaders | null = null;
  #body: BodyValue;
  /** The body was read without a stream. */
  #isRead = false;
  /** A slot for `NextResponse`: a field of a derived class would make each construction slower by a third. */
  #extra: unknown = undefined;

  constructor(body?: BodyInit | null, init?: ResponseInit | PreparedInit, kind?: typeof JSON_TEXT) {
    if (init instanceof PreparedInit) {
      this.#status = init.status;
      this.#statusText = init.statusText;
      this.#text = init.text;
      this.#flags = init.flags;
      this.#body = body as BodyValue;
      return;
    }
    this.#status = 200;
    this.#statusText = '';
    this.#text = '';
    this.#flags = 0;
    this.#body = null;
    if ((init !== undefined && init !== null && !this.#takeInit(init)) || !this.#takeBody(body, kind === JSON_TEXT ? JSON_TYPE : PLAIN_TEXT)) {
      // A blob brings the type that JSON text has by default.
      const given = kind === JSON_TEXT ? new Blob([body as string], { type: JSON_TYPE }) : body;
      this.#takeOver(new (native().Response)(given, init));
    }
  }

  static {
    responseExtra = (response) => response.#extra;
    setResponseExtra = (response, extra) => {
      response.#extra = extra;
    };
    isLightResponse = (value): value is LightResponse => #status in value;
    responseStatus = (response) => response.#status;
    responseReason = (response) => response.#statusText;
    responseText = (response) => {
      if (response.#headers === null) {
        responseFlags = response.#flags;
        return response.#text;
      }
      const text = textOfHeaders(response.#headers);
      responseFlags = lastFlags;
      return text;
    };
    defineBodyReaders(LightResponse.prototype, {
      isOurs: isLightResponse,
      take(response) {
        const body = response.#body;
        if (response.#isRead || (isStreamBody(body) && isUnusable(body))) {
          return undefined;
        }
        response.#isRead = body !== null && !isStreamBody(body);
        return body;
      },
      contentType: (response) => rawValue(response.headers as unknown as LightHeaders, CONTENT_TYPE),
    });
    bodyToSend = (response) => (response.#isRead ? undefined : response.#body);
  }

  static error(): Response {
    const response = new LightResponse(null, new PreparedInit(0, '', '', 0));
    makeImmutable(response.headers as unknown as LightHeaders);
    return response as unknown as Response;
  }

  static json(data: unknown, init?: ResponseInit): Response {
    if (arguments.length === 0) {
      return Reflect.apply(native().Response.json, native().Response, []) as Response;
    }
    return makeJson(LightResponse, data, init) as unknown as Response;
  }

  static redirect(url: string | URL, status = 302): Response {
    if (arguments.length === 0 || !URL.canParse(String(url)) || !isRedirectStatus(status)) {
      return Reflect.apply(native().Response.redirect, native().Response, arguments) as Response;
    }
    const location = new URL(String(url)).href;
    const response = new LightResponse(null, new PreparedInit(status, '', `location\n${location}\n`, 0));
    makeImmutable(response.headers as unknown as LightHeaders);
    return response as unknown as Response;
  }

  get type(): ResponseType {
    return this.#status === 0 ? 'error' : 'default';
  }

  get url(): string {
    return '';
  }

  get redirected(): boolean {
    return false;
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    this.#headers ??= headersFromText(this.#text, 'canonical', this.#flags);
    return this.#headers as unknown as Headers;
  }

  get body(): ReadableStream | null {
    if (this.#body === null || isStreamBody(this.#body)) {
      return this.#body;
    }
    const stream = toStream(this.#body) as ReadableStream;
    if (this.#isRead) {
      // It was read without a stream; whoever asks for one now finds it spent.
      void stream.getReader().cancel();
    }
    this.#body = stream;
    this.#isRead = false;
    return stream;
  }

  get bodyUsed(): boolean {
    return this.#isRead || (isStreamBody(this.#body) && isDisturbed(this.#body));
  }

  clone(): Response {
    const body = this.#body;
    if (this.#isRead || (isStreamBody(body) && isUnusable(body))) {
      throwUncloneable('Response');
    }
    const [mine, copy] = splitBody(body);
    this.#body = mine;
    const text = responseText(this);
    const init = new PreparedInit(this.#status, this.#statusText, text, responseFlags);
    return new LightResponse(copy as BodyInit, init) as unknown as Response;
  }

  [INSPECT](_depth: number, options: InspectOptions, inspect: Inspect): unknown {
    if (!(#status in this)) {
      return this;
    }
    const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this;
    const properties = { status, statusText, headers, body, bodyUsed, ok, redirected, type, url };
    return inspectAs('Response', properties, options, inspect);
  }

  /** Takes what an init says if it is plainly valid. */
  #takeInit(init: ResponseInit): boolean {
    if (typeof init !== 'object') {
      return false;
    }
    const { status, statusText, headers } = init;
    if (status !== undefined) {
      if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) {
        return false;
      }
      this.#status = status;
    }
    if (statusText !== undefined && statusText !== '') {
      if (typeof statusText !== 'string' || !REASON_PHRASE.test(statusText)) {
        return false;
      }
      this.#statusText = statusText;
    }
    if (headers !== undefined) {
      const text = textOfPlainInit(headers);
      if (text === null) {
        return false;
      }
      this.#text = text;
      this.#flags = lastFlags;
    }
    return true;
  }

  /** Takes a body of a common kind, with the content type that goes with it. */
  #takeBody(body: BodyInit | null | undefined, textType: string): boolean {
    if (body === null || body === undefined) {
      return true;
    }
    if (isNullBodyStatus(this.#status)) {
      return false;
    }
    if (typeof body === 'string') {
      this.#body = body;
      this.#defaultType(textType);
      return true;
    }
    if (typeof body !== 'object') {
      return false;
    }
    if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
      this.#body = copyBytes(body);
      return true;
    }
    if (body instanceof URLSearchParams) {
      this.#body = body.toString();
      this.#defaultType(FORM);
      return true;
    }
    if (body instanceof Blob) {
      this.#body = body;
      if (body.type !== '') {
        this.#defaultType(body.type);
      }
      return true;
    }
    if (isStream(body) && !isUnusable(body)) {
      this.#body = body;
      return true;
    }
    return false;
  }

  #defaultType(type: string): void {
    if ((this.#flags & FLAG_CONTENT_TYPE) === 0) {
      this.#text = insertField(this.#text, 'content-type', type);
      this.#flags |= FLAG_CONTENT_TYPE;
    }
  }

  #takeOver(made: Response): void {
    this.#status = made.status;
    this.#statusText = made.statusText;
    this.#text = textOfNative(made.headers);
    this.#flags = lastFlags;
    this.#body = made.body;
  }
}
shapeAsInterface(LightResponse, 'Response', 0);
whenNativeLoaded(({ Response }) => Object.setPrototypeOf(Response.prototype, LightResponse.prototype));

/** `Response.json` and `NextResponse.json`. */
export function makeJson<T>(
  type: new (body: BodyInit, init: ResponseInit | PreparedInit, kind?: typeof JSON_TEXT) => T,
  data: unknown,
  init: ResponseInit | undefined,
): T {
  const body = JSON.stringify(data) as string | undefined;
  if (body === undefined) {
    // Always throws; which of two faults it names is the platform's choice.
    native().Response.json(data, init);
    throw new TypeError('Value is not JSON serializable');
  }
  if (init === undefined) {
    return new type(body, JSON_INIT);
  }
  return new type(body, init, JSON_TEXT);
}

function isRedirectStatus(status: unknown): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}
