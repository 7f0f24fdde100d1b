/**
 * `NextResponse`: a `Response` with `cookies`, and the static makers of Next.js.
 *
 * `next()` and `rewrite()` mark the response with `x-middleware-*` fields that only a proxy may use; a Route Handler
 * that returns such a response has made a mistake, and the reply path says so.
 */
import { INSPECT, inspectAs } from '../web/class-shape.ts';
import type { Inspect, InspectOptions } from '../web/class-shape.ts';
import { lastFlags } from '../web/header-text.ts';
import { LightHeaders, textOfHeaders } from '../web/headers.ts';
import { LightResponse, makeJson, PreparedInit, responseExtra, setResponseExtra } from '../web/response.ts';
import { writeCookie } from './cookie-text.ts';
import type { ResponseCookie } from './cookie-text.ts';
import { ResponseCookies } from './cookies.ts';
import type { DeleteArguments, Named, SetArguments } from './cookies.ts';
import type { NextURL } from './next-url.ts';
import { validUrl } from './valid-url.ts';

/** What `NextResponse.next()` and `rewrite()` take beside a response's init. */
export interface MiddlewareInit extends ResponseInit {
  request?: { headers?: Headers };
}

const REDIRECTS: ReadonlySet<unknown> = new Set([301, 302, 303, 307, 308]);
const MIRROR = 'x-middleware-set-cookie';

/**
 * The cookies of a `NextResponse`; every change is mirrored to the field that a proxy's reply is read by. As in Next.js a
 * change returns the store behind this one, whose own changes are not mirrored.
 */
class MirroredCookies extends ResponseCookies {
  #headers: Headers;
  #store: ResponseCookies;

  constructor(headers: Headers) {
    super(headers);
    this.#headers = headers;
    this.#store = new ResponseCookies(headers);
  }

  override get(named: Named): ResponseCookie | undefined {
    return this.#store.get(named);
  }

  override getAll(...named: [] | [Named]): ResponseCookie[] {
    return this.#store.getAll(...named);
  }

  override has(name: string): boolean {
    return this.#store.has(name);
  }

  override set(...given: SetArguments): this {
    this.#store.set(...given);
    return this.#mirror();
  }

  override delete(...given: DeleteArguments): this {
    this.#store.delete(...given);
    return this.#mirror();
  }

  override toString(): string {
    return this.#store.toString();
  }

  #mirror(): this {
    this.#headers.set(MIRROR, this.#store.getAll().map(writeCookie).join(','));
    return this.#store as this;
  }
}

export class NextResponse extends LightResponse {
  get cookies(): ResponseCookies {
    let cookies = responseExtra(this) as MirroredCookies | undefined;
    if (cookies === undefined) {
      cookies = new MirroredCookies(this.headers);
      setResponseExtra(this, cookies);
    }
    return cookies;
  }

  static override json(data: unknown, init?: ResponseInit): NextResponse {
    return makeJson(NextResponse, data, init);
  }

  static override redirect(url: string | URL | NextURL, init?: number | ResponseInit): NextResponse {
    const given = typeof init === 'object' && init !== null ? init : {};
    const status = typeof init === 'number' ? init : (given.status ?? 307);
    if (!REDIRECTS.has(status)) {
      throw new RangeError('Failed to execute "redirect" on "response": Invalid status code');
    }
    return marked(given, status, 'location', validUrl(url));
  }

  static rewrite(destination: string | URL | NextURL, init?: MiddlewareInit): NextResponse {
    return marked(init, undefined, 'x-middleware-rewrite', validUrl(destination));
  }

  static next(init?: MiddlewareInit): NextResponse {
    return marked(init, undefined, 'x-middleware-next', '1');
  }

  override [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): unknown {
    const { cookies, url, body, bodyUsed, headers, ok, redirected, status, statusText, type } = this;
    void depth;
    const properties = { cookies, url, body, bodyUsed, headers, ok, redirected, status, statusText, type };
    return inspectAs('NextResponse', properties, options, inspect);
  }
}

/** A response without body that has one field set, and those that carry changed request headers to the handler. */
function marked(init: MiddlewareInit | undefined, status: number | undefined, name: string, value: string): NextResponse {
  const headers = new LightHeaders(init?.headers);
  headers.set(name, value);
  if (name !== 'location') {
    setOverrides(headers, init?.request?.headers);
  }
  const { headers: _given, ...rest } = init ?? {};
  const checked = new LightResponse(null, status === undefined ? rest : { ...rest, status });
  const text = textOfHeaders(headers);
  const prepared = new PreparedInit(checked.status, checked.statusText, text, lastFlags);
  return new NextResponse(null, prepared);
}

/** The fields that tell which request headers a proxy has changed. */
function setOverrides(headers: LightHeaders, changed: Headers | undefined): void {
  if (!changed) {
    return;
  }
  if (!(changed instanceof Headers)) {
    throw new Error('request.headers must be an instance of Headers');
  }
  const names: string[] = [];
  for (const [name, value] of changed) {
    headers.set(`x-middleware-request-${name}`, value);
    names.push(name);
  }
  headers.set('x-middleware-override-headers', names.join(','));
}
