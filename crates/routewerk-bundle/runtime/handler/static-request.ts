/**
 * The request that a handler of a `dynamic = 'force-static'` route sees: nothing of the client's but method, path and body,
 * at request time as during generation.
 */
import type { Call } from '../channel/types.ts';
import { RequestCookies } from '../next/cookies.ts';
import { ReadonlyRequestCookiesError } from '../next/call-cookies.ts';
import { trustedNextUrl } from '../next/next-url.ts';
import type { NextURL } from '../next/next-url.ts';
import { NextRequest } from '../next/request.ts';
import { SealedHeaders } from '../next/sealed-headers.ts';
import { FROM_CALL } from '../web/request.ts';

/** The origin that Next.js gives to stripped URLs. */
const ORIGIN = 'http://localhost:3000';

/** No cookies, and none can be set. */
class NoCookies extends RequestCookies {
  constructor() {
    super(new Headers(), null);
  }

  override set(): never {
    throw new ReadonlyRequestCookiesError();
  }

  override delete(): never {
    throw new ReadonlyRequestCookiesError();
  }

  override clear(): never {
    throw new ReadonlyRequestCookiesError();
  }
}

/** A request without headers, cookies, query and host. Its body is the client's, read by the client's content type. */
export class StaticRequest extends NextRequest {
  #headers = new SealedHeaders(new Headers()) as unknown as Headers;
  #cookies = new NoCookies();
  #nextUrl: NextURL;

  constructor(call: Call) {
    super(FROM_CALL, call);
    this.#nextUrl = trustedNextUrl(ORIGIN + new URL(call.url).pathname);
  }

  override get headers(): Headers {
    return this.#headers;
  }

  override get cookies(): RequestCookies {
    return this.#cookies;
  }

  override get nextUrl(): NextURL {
    return this.#nextUrl;
  }

  override get url(): string {
    return this.#nextUrl.href;
  }
}
