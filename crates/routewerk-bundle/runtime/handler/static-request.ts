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

/** The host that Next.js gives to stripped URLs. */
const HOST = 'localhost:3000';

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
    this.#nextUrl = withoutQuery(trustedNextUrl(call.url));
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

  /** Has the body once more, and shows as little of the client. */
  override clone(): Request {
    const stripped = new Map<PropertyKey, unknown>([
      ['headers', this.#headers],
      ['cookies', this.#cookies],
      ['nextUrl', this.#nextUrl],
      ['url', this.url],
    ]);
    return new Proxy(super.clone(), {
      get: (target, name): unknown => (stripped.has(name) ? stripped.get(name) : bound(target, name)),
    });
  }
}

/**
 * A URL that shows no query and, as a whole, no host. As in Next.js it can be changed, but what is put into its query
 * is not seen, and its parts say where the request really went.
 */
function withoutQuery(url: NextURL): NextURL {
  const params = new URLSearchParams();
  let href: string | null = null;
  const shown = (): string => {
    href ??= cleaned(url.href);
    return href;
  };
  return new Proxy(url, {
    get(target, name): unknown {
      switch (name) {
        case 'search':
          return '';
        case 'searchParams':
          return params;
        case 'href':
          return shown();
        case 'toJSON':
        case 'toString':
          return shown;
        case 'clone':
          return (): NextURL => withoutQuery(target.clone());
        default:
          return bound(target, name);
      }
    },
    set: (target, name, value: unknown) => Reflect.set(target, name, value, target),
  });
}

function cleaned(href: string): string {
  const url = new URL(href);
  url.host = HOST;
  url.search = '';
  url.protocol = 'http';
  return url.href;
}

/** A property whose getter and methods run on the object itself: private fields cannot be read through a proxy. */
function bound(target: object, name: PropertyKey): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}
