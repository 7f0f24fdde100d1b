/**
 * `NextRequest`: a `Request` with `cookies` and `nextUrl`, which are made when they are first touched.
 */
import type { Call } from '../channel/types.ts';
import { INSPECT, inspectAs } from '../web/class-shape.ts';
import type { Inspect, InspectOptions } from '../web/class-shape.ts';
import { fieldName } from '../web/header-text.ts';
import type { FieldName } from '../web/header-text.ts';
import { headersFromText, rawValue } from '../web/headers.ts';
import {
  copyParts,
  FROM_CALL,
  FROM_PARTS,
  LightRequest,
  receivedFields,
  requestExtra,
  requestUrl,
  setRequestExtra,
} from '../web/request.ts';
import type { RequestParts } from '../web/request.ts';
import { RequestCookies } from './cookies.ts';
import { NextURL, trustedNextUrl } from './next-url.ts';
import type { NextUrlConfig } from './next-url.ts';
import { validUrl } from './valid-url.ts';

/** What a `NextRequest` is made with. */
export interface NextRequestInit extends RequestInit {
  duplex?: 'half';
  nextConfig?: NextUrlConfig;
}

/** What a `NextRequest` keeps beside the `Request`. */
class Extra {
  nextUrl: NextURL | null = null;
  cookies: RequestCookies | null = null;
  /** `request.url` of a request that a user made. */
  url: string | null = null;
}

const COOKIE = fieldName('cookie') as FieldName;

function extraOf(request: NextRequest): Extra {
  let extra = requestExtra(request) as Extra | undefined;
  if (extra === undefined) {
    extra = new Extra();
    setRequestExtra(request, extra);
  }
  return extra;
}

export class NextRequest extends LightRequest {
  constructor(
    input: RequestInfo | URL | NextURL | typeof FROM_CALL | typeof FROM_PARTS,
    init: NextRequestInit | Call | RequestParts = {},
  ) {
    if (input === FROM_CALL || input === FROM_PARTS) {
      super(input, init);
      return;
    }
    const url = typeof input !== 'string' && 'url' in (input as object) ? (input as Request).url : String(input);
    validUrl(url);
    const given = init as NextRequestInit;
    if (given.body && given.duplex !== 'half') {
      // Node.js asks for it with a stream as body; Next.js sets it for its users.
      given.duplex = 'half';
    }
    super(input instanceof LightRequest ? input : (typeof input === 'object' && input instanceof Request ? input : url), given);
    const extra = extraOf(this);
    const headers = Object.fromEntries(this.headers);
    extra.nextUrl = new NextURL(url, given.nextConfig === undefined ? { headers } : { headers, nextConfig: given.nextConfig });
    extra.url = extra.nextUrl.toString();
  }

  get cookies(): RequestCookies {
    const extra = extraOf(this);
    if (extra.cookies === null) {
      const received = receivedFields(this);
      // Next.js reads the field when the request is made, so later changes to `headers` do not show.
      const text = received === null ? undefined : rawValue(headersFromText(received, 'received', 0), COOKIE);
      extra.cookies = new RequestCookies(this.headers, text);
    }
    return extra.cookies;
  }

  get nextUrl(): NextURL {
    const extra = extraOf(this);
    extra.nextUrl ??= trustedNextUrl(requestUrl(this));
    return extra.nextUrl;
  }

  /** Removed long ago; Next.js says so. */
  get page(): never {
    throw new Error(`The request.page has been deprecated in favour of \`URLPattern\`.
  Read more: https://nextjs.org/docs/messages/middleware-request-page
  `);
  }

  /** Removed long ago; Next.js says so. */
  get ua(): never {
    throw new Error(`The request.ua has been removed in favour of \`userAgent\` function.
  Read more: https://nextjs.org/docs/messages/middleware-parse-user-agent
  `);
  }

  override get url(): string {
    return (requestExtra(this) as Extra | undefined)?.url ?? requestUrl(this);
  }

  override clone(): Request {
    const copy = new NextRequest(FROM_PARTS, copyParts(this));
    const url = (requestExtra(this) as Extra | undefined)?.url;
    if (url !== undefined && url !== null) {
      extraOf(copy).url = url;
    }
    return copy as unknown as Request;
  }

  override [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): unknown {
    const { cookies, nextUrl, url, method, headers, bodyUsed, signal } = this;
    void depth;
    return inspectAs('NextRequest', { cookies, nextUrl, url, method, headers, bodyUsed, signal }, options, inspect);
  }
}

/** The request of a call. */
export function requestOfCall(call: Call): NextRequest {
  return new NextRequest(FROM_CALL, call);
}
