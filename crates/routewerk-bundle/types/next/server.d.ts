/**
 * `next/server`: requests, replies, the proxy's types, and what a call can ask for.
 * Declares what the runtime's `next/server` exports, with the signatures of Next.js 16.4.6.
 */

declare module 'next/dist/server/web/spec-extension/request' {
  import type { RequestCookies } from 'next/dist/compiled/@edge-runtime/cookies';
  import type { I18NConfig } from 'next/dist/server/config-shared';
  import type { NextURL } from 'next/dist/server/web/next-url';

  /** What a `NextRequest` is made with. */
  interface RequestInit extends globalThis.RequestInit {
    duplex?: 'half';
    signal?: AbortSignal;
    nextConfig?: {
      basePath?: string;
      i18n?: I18NConfig | null;
      trailingSlash?: boolean;
    };
  }

  /** A request with its cookies and its URL taken apart. */
  class NextRequest extends Request {
    // `RequestInfo` and `BodyInit` are names of the DOM's types; this way those of Node.js do as well.
    constructor(input: ConstructorParameters<typeof Request>[0], init?: RequestInit);
    get cookies(): RequestCookies;
    get nextUrl(): NextURL;
    /** @deprecated Throws: it is no more. */
    get page(): void;
    /** @deprecated Throws: use `userAgent(request)`. */
    get ua(): void;
  }

  export { NextRequest, type RequestInit };
}

declare module 'next/dist/server/web/spec-extension/response' {
  import type { ResponseCookies } from 'next/dist/compiled/@edge-runtime/cookies';
  import type { I18NConfig } from 'next/dist/server/config-shared';
  import type { NextURL } from 'next/dist/server/web/next-url';

  interface ResponseInit extends globalThis.ResponseInit {
    url?: string;
    nextConfig?: {
      basePath?: string;
      i18n?: I18NConfig;
      trailingSlash?: boolean;
    };
  }

  /** What a verdict of the proxy is made with. */
  interface MiddlewareResponseInit extends globalThis.ResponseInit {
    /** What the handler sees instead of what the client sent. */
    request?: { headers?: Headers };
  }

  const INTERNALS: unique symbol;

  /** A reply with its cookies. `Body` is the type that was given to `json()`. */
  class NextResponse<Body = unknown> extends Response {
    [INTERNALS]: { cookies: ResponseCookies; url?: NextURL; body?: Body };
    constructor(body?: ConstructorParameters<typeof Response>[0], init?: ResponseInit);
    /** The cookies that the reply sets. */
    get cookies(): ResponseCookies;
    /** A reply with a value as JSON. */
    static json<JsonBody>(body: JsonBody, init?: ResponseInit): NextResponse<JsonBody>;
    /** A redirect to an absolute URL: 307, or the status that `init` says. */
    static redirect(url: string | NextURL | URL, init?: number | ResponseInit): NextResponse<unknown>;
    /** For the proxy: another URL answers. */
    static rewrite(destination: string | NextURL | URL, init?: MiddlewareResponseInit): NextResponse<unknown>;
    /** For the proxy: the request goes on. */
    static next(init?: MiddlewareResponseInit): NextResponse<unknown>;
  }

  export { NextResponse };
}

declare module 'next/dist/server/web/spec-extension/fetch-event' {
  import type { NextRequest } from 'next/dist/server/web/spec-extension/request';

  type WaitUntil = (promise: Promise<any>) => void;

  const response: unique symbol;
  const passThrough: unique symbol;
  const waitUntil: unique symbol;

  class FetchEvent {
    readonly [waitUntil]: { kind: 'internal'; promises: Promise<any>[] } | { kind: 'external'; function: WaitUntil };
    [response]?: Promise<Response>;
    [passThrough]: boolean;
    constructor(request: Request, waitUntil?: WaitUntil);
    respondWith(response: Response | Promise<Response>): void;
    passThroughOnException(): void;
    /** Keeps the process from ending before the promise is settled. */
    waitUntil(promise: Promise<any>): void;
  }

  /** The second argument of the proxy. */
  class NextFetchEvent extends FetchEvent {
    sourcePage: string;
    constructor(params: { request: NextRequest; page: string; context: { waitUntil: WaitUntil } | undefined });
    /** @deprecated Throws: the request is the proxy's first argument. */
    get request(): void;
    /** @deprecated Throws: return the reply instead. */
    respondWith(): void;
  }

  export { NextFetchEvent };
}

declare module 'next/dist/server/web/types' {
  import type { RouteHas } from 'next/dist/lib/load-custom-routes';
  import type { NextFetchEvent } from 'next/dist/server/web/spec-extension/fetch-event';
  import type { NextRequest } from 'next/dist/server/web/spec-extension/request';
  import type { NextResponse } from 'next/dist/server/web/spec-extension/response';

  /** The constant `config` of proxy.ts. */
  type ProxyConfig = {
    /** The paths that the proxy is asked about. */
    matcher?: string | (string | { source: string; locale?: false; has?: RouteHas[]; missing?: RouteHas[] })[];
    regions?: string | string[];
    unstable_allowDynamic?: string | string[];
  };

  /** What a proxy may return; nothing lets the request go on. */
  type NextMiddlewareResult = NextResponse | Response | null | undefined | void;

  /** The function of proxy.ts. */
  type NextProxy = (
    request: NextRequest,
    event: NextFetchEvent,
  ) => NextMiddlewareResult | Promise<NextMiddlewareResult>;

  export type {
    NextMiddlewareResult,
    NextProxy,
    NextProxy as NextMiddleware,
    ProxyConfig,
    ProxyConfig as MiddlewareConfig,
  };
}

declare module 'next/server' {
  export { NextFetchEvent } from 'next/dist/server/web/spec-extension/fetch-event';
  export { NextRequest } from 'next/dist/server/web/spec-extension/request';
  export { NextResponse } from 'next/dist/server/web/spec-extension/response';
  export type { MiddlewareConfig, NextMiddleware, NextProxy, ProxyConfig } from 'next/dist/server/web/types';
  export type { ImageResponseOptions } from 'next/dist/compiled/@vercel/og/types';

  /** What a `User-Agent` field says. */
  interface UserAgent {
    /** The field itself. */
    ua: string;
    isBot: boolean;
    browser: { name?: string; version?: string; major?: string };
    device: { vendor?: string; model?: string; type?: string };
    engine: { name?: string; version?: string };
    os: { name?: string; version?: string };
    cpu: { architecture?: string };
  }

  /** Reads the `User-Agent` field of a request. */
  export function userAgent(request: { headers: Headers }): UserAgent;
  /** Reads the text of a `User-Agent` field. */
  export function userAgentFromString(input: string | undefined): UserAgent;

  /** Leaves work for after the reply. */
  export function after<T>(task: Promise<T> | (() => T | Promise<T>)): void;
  /** Says that what follows needs a request, so that nothing is answered from a build. */
  export function connection(): Promise<void>;
  /** @deprecated Throws: it lives in `next/og`. */
  export function ImageResponse(): never;

  interface URLPatternInit {
    protocol?: string;
    username?: string;
    password?: string;
    hostname?: string;
    port?: string;
    pathname?: string;
    search?: string;
    hash?: string;
    baseURL?: string;
  }

  type URLPatternInput = URLPatternInit | string;

  interface URLPatternComponentResult {
    input: string;
    groups: { [name: string]: string | undefined };
  }

  interface URLPatternResult {
    inputs: [URLPatternInput];
    protocol: URLPatternComponentResult;
    username: URLPatternComponentResult;
    password: URLPatternComponentResult;
    hostname: URLPatternComponentResult;
    port: URLPatternComponentResult;
    pathname: URLPatternComponentResult;
    search: URLPatternComponentResult;
    hash: URLPatternComponentResult;
  }

  /** A pattern that URLs are matched with. */
  export class URLPattern {
    constructor(init?: URLPatternInput, baseURL?: string);
    readonly protocol: string;
    readonly username: string;
    readonly password: string;
    readonly hostname: string;
    readonly port: string;
    readonly pathname: string;
    readonly search: string;
    readonly hash: string;
    test(input?: URLPatternInput, baseURL?: string): boolean;
    exec(input?: URLPatternInput, baseURL?: string): URLPatternResult | null;
  }

  export {};
}

declare module 'next/server.js' {
  export * from 'next/server';
}
