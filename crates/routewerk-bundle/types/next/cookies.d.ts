/**
 * Cookies of requests and replies, and what `cookies()` and `headers()` give to a handler.
 * The modules have no public name; code that has to name their types imports them, as types, from these paths.
 */

declare module 'next/dist/compiled/@edge-runtime/cookies' {
  /** The attributes of a `Set-Cookie` field. */
  interface CookieSerializeOptions {
    domain?: string | undefined;
    path?: string | undefined;
    /** The moment at which the cookie ends. */
    expires?: Date | undefined;
    /** The seconds after which the cookie ends; it goes before `expires`. */
    maxAge?: number | undefined;
    httpOnly?: boolean | undefined;
    secure?: boolean | undefined;
    /** `true` is `strict`; `false` leaves the attribute out. */
    sameSite?: 'strict' | 'lax' | 'none' | boolean | undefined;
    partitioned?: boolean | undefined;
    priority?: 'low' | 'medium' | 'high' | undefined;
    /** What makes the value fit into the field. */
    encode?(value: string): string;
  }

  interface CookieListItem
    extends Pick<CookieSerializeOptions, 'domain' | 'partitioned' | 'path' | 'sameSite' | 'secure'> {
    name: string;
    value: string;
    /** A moment, or its milliseconds since 1970. */
    expires?: number | CookieSerializeOptions['expires'];
  }

  /** A cookie of a reply. */
  type ResponseCookie = CookieListItem & Pick<CookieSerializeOptions, 'httpOnly' | 'maxAge' | 'priority'>;

  /** A cookie of a request. */
  type RequestCookie = Pick<CookieListItem, 'name' | 'value'>;

  /** The cookies of a request. Changes go into the `Cookie` field of the headers that they were made from. */
  class RequestCookies {
    constructor(requestHeaders: Headers);
    [Symbol.iterator](): MapIterator<[string, RequestCookie]>;
    /** How many there are. */
    get size(): number;
    get(...args: [name: string] | [RequestCookie]): RequestCookie | undefined;
    /** All of them, or those of one name. */
    getAll(...args: [name: string] | [RequestCookie] | []): RequestCookie[];
    has(name: string): boolean;
    set(...args: [key: string, value: string] | [options: RequestCookie]): this;
    /** Says for each name whether it was there. */
    delete(names: string | string[]): boolean | boolean[];
    clear(): this;
    /** The text of a `Cookie` field. */
    toString(): string;
  }

  /** The cookies of a reply: those that its `Set-Cookie` fields set or delete. */
  class ResponseCookies {
    constructor(responseHeaders: Headers);
    get(...args: [key: string] | [options: ResponseCookie]): ResponseCookie | undefined;
    getAll(...args: [key: string] | [options: ResponseCookie] | []): ResponseCookie[];
    has(name: string): boolean;
    set(...args: [key: string, value: string, cookie?: Partial<ResponseCookie>] | [options: ResponseCookie]): this;
    /** Lets the client forget a cookie. Domain and path must be those with which it was set. */
    delete(...args: [key: string] | [options: Omit<ResponseCookie, 'expires' | 'value'>]): this;
    /** The texts of the `Set-Cookie` fields, joined. */
    toString(): string;
  }

  function parseCookie(cookie: string): Map<string, string>;
  function parseSetCookie(setCookie: string): ResponseCookie | undefined;
  function stringifyCookie(cookie: RequestCookie | ResponseCookie): string;

  export {
    type CookieListItem,
    type RequestCookie,
    type ResponseCookie,
    RequestCookies,
    ResponseCookies,
    parseCookie,
    parseSetCookie,
    stringifyCookie,
  };
}

declare module 'next/dist/server/web/spec-extension/cookies' {
  export { RequestCookies, ResponseCookies, stringifyCookie } from 'next/dist/compiled/@edge-runtime/cookies';
}

declare module 'next/dist/server/web/spec-extension/adapters/request-cookies' {
  import type { RequestCookies, ResponseCookies } from 'next/dist/compiled/@edge-runtime/cookies';

  /** What `cookies()` gives: the request's cookies to read, the reply's to set and delete. */
  type ReadonlyRequestCookies = Omit<RequestCookies, 'clear' | 'delete' | 'set'> &
    Pick<ResponseCookies, 'delete' | 'set'>;

  export type { ReadonlyRequestCookies, ResponseCookies };
}

declare module 'next/dist/server/web/spec-extension/adapters/headers' {
  /** What `headers()` gives: the request's headers, which refuse every change. */
  type ReadonlyHeaders = Headers & {
    /** @deprecated Throws: the headers of a request cannot be changed. */
    append(...args: any[]): void;
    /** @deprecated Throws: the headers of a request cannot be changed. */
    delete(...args: any[]): void;
    /** @deprecated Throws: the headers of a request cannot be changed. */
    set(...args: any[]): void;
  };

  export type { ReadonlyHeaders };
}
