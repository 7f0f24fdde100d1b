/**
 * `NextURL`: what `request.nextUrl` is. It keeps the text of the URL, answers the common questions (`pathname`,
 * `search`, `searchParams`, `href`, `origin`) from the text, and makes a `URL` of it for everything else.
 *
 * In a Route Handler it has no configuration: `basePath` is empty and `pathname` is the whole path, also under a
 * `basePath` of next.config. A configuration can be given by whoever makes a `NextRequest` himself.
 */

import { INSPECT, inspectAs } from '../web/class-shape.ts';
import type { Inspect, InspectOptions } from '../web/class-shape.ts';
import { findDomain, readPath, writePath } from './path-info.ts';

/** The part of next.config that changes how a URL is read. */
export interface NextUrlConfig {
  readonly basePath?: string;
  readonly trailingSlash?: boolean;
  readonly i18n?: NextI18nConfig | null;
}

/** `i18n` of next.config. */
export interface NextI18nConfig {
  readonly locales: readonly string[];
  readonly defaultLocale: string;
  readonly domains?: readonly NextDomainLocale[];
}

/** One of `i18n.domains`. */
export interface NextDomainLocale {
  readonly domain: string;
  readonly defaultLocale: string;
  readonly http?: true;
  readonly locales?: readonly string[];
}

/** What a `NextURL` is made with. */
export interface NextUrlOptions {
  readonly base?: string | URL;
  readonly headers?: Record<string, string | string[] | undefined>;
  readonly forceLocale?: boolean;
  readonly nextConfig?: NextUrlConfig;
}

const LOOPBACK = /^(?:127(?:\.(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)){3}|\[::1\]|localhost)$/;

/** Says that the text is a serialised http(s) URL without credentials, whose host needs no treatment. */
const TRUSTED = Symbol('trusted');

/** A `NextURL` of text that the front has serialised. */
export function trustedNextUrl(href: string): NextURL {
  return new NextURL(href, TRUSTED as never);
}

export class NextURL {
  /** The URL's text as long as nothing was changed and `#url` was not needed. */
  #text: string | null;
  #url: URL | null = null;
  #options: NextUrlOptions = {};
  /** Handed out without a `#url`. From then on it holds the query, and is written to `#url` before that is read. */
  #params: EarlyParams | null = null;
  #basePath = '';
  #buildId: string | undefined = undefined;
  #locale: string | undefined = undefined;
  #defaultLocale: string | undefined = undefined;
  #domainLocale: NextDomainLocale | undefined = undefined;
  #trailingSlash: boolean | undefined = undefined;

  constructor(input: string | URL | NextURL, baseOrOptions?: string | URL | NextUrlOptions, options?: NextUrlOptions) {
    if (baseOrOptions === (TRUSTED as unknown)) {
      this.#text = input as string;
      return;
    }
    this.#text = null;
    let base: string | URL | undefined;
    if (typeof baseOrOptions === 'string' || (typeof baseOrOptions === 'object' && 'pathname' in baseOrOptions)) {
      base = baseOrOptions;
      this.#options = options ?? {};
    } else {
      this.#options = options ?? baseOrOptions ?? {};
    }
    this.#url = parseUrl(input, base ?? this.#options.base);
    this.#analyse(this.#url);
  }

  get buildId(): string | undefined {
    this.#whole();
    return this.#buildId;
  }

  set buildId(value: string | undefined) {
    this.#whole();
    this.#buildId = value;
  }

  get locale(): string {
    this.#whole();
    return this.#locale ?? '';
  }

  set locale(value: string) {
    this.#whole();
    if (!this.#locale || !this.#options.nextConfig?.i18n?.locales.includes(value)) {
      throw new TypeError(`The NextURL configuration includes no locale "${value}"`);
    }
    this.#locale = value;
  }

  get defaultLocale(): string | undefined {
    this.#whole();
    return this.#defaultLocale;
  }

  get domainLocale(): NextDomainLocale | undefined {
    this.#whole();
    return this.#domainLocale;
  }

  get searchParams(): URLSearchParams {
    if (this.#params === null) {
      if (this.#text === null) {
        return (this.#url as URL).searchParams;
      }
      this.#params = new EarlyParams(searchOf(this.#text));
    }
    return this.#params;
  }

  get host(): string {
    return this.#whole().host;
  }

  set host(value: string) {
    this.#whole().host = value;
  }

  get hostname(): string {
    return this.#whole().hostname;
  }

  set hostname(value: string) {
    this.#whole().hostname = value;
  }

  get port(): string {
    return this.#whole().port;
  }

  set port(value: string) {
    this.#whole().port = value;
  }

  get protocol(): string {
    return this.#whole().protocol;
  }

  set protocol(value: string) {
    this.#whole().protocol = value;
  }

  get href(): string {
    if (this.#text !== null && this.#params === null && !this.#text.endsWith('?')) {
      return this.#text;
    }
    const url = this.#whole();
    return `${url.protocol}//${url.host}${this.#formatPathname(url)}${url.search}${url.hash}`;
  }

  set href(value: string) {
    const url = parseUrl(value);
    this.#text = null;
    this.#url = url;
    this.#analyse(url);
    // What was handed out belongs to the URL that was.
    this.#params = null;
  }

  get origin(): string {
    return this.#text === null ? (this.#url as URL).origin : this.#text.slice(0, pathStart(this.#text));
  }

  get pathname(): string {
    const text = this.#text;
    if (text === null) {
      return (this.#url as URL).pathname;
    }
    const query = text.indexOf('?');
    return text.slice(pathStart(text), query === -1 ? undefined : query);
  }

  set pathname(value: string) {
    this.#whole().pathname = value;
  }

  get hash(): string {
    return this.#whole().hash;
  }

  set hash(value: string) {
    this.#whole().hash = value;
  }

  get search(): string {
    return this.#text !== null && this.#params === null ? searchOf(this.#text) : this.#whole().search;
  }

  set search(value: string) {
    const url = this.#whole();
    url.search = value;
    this.#refillParams(url);
  }

  get password(): string {
    return this.#whole().password;
  }

  set password(value: string) {
    this.#whole().password = value;
  }

  get username(): string {
    return this.#whole().username;
  }

  set username(value: string) {
    this.#whole().username = value;
  }

  get basePath(): string {
    this.#whole();
    return this.#basePath;
  }

  set basePath(value: string) {
    this.#whole();
    this.#basePath = value.startsWith('/') ? value : `/${value}`;
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  clone(): NextURL {
    return new NextURL(String(this), this.#options);
  }

  [INSPECT](_depth: number, options: InspectOptions, inspect: Inspect): string {
    const { href, origin, protocol, username, password, host, hostname, port, pathname, search, searchParams, hash } = this;
    const address = { href, origin, protocol, username, password, host, hostname, port };
    return inspectAs('NextURL', { ...address, pathname, search, searchParams, hash }, options, inspect);
  }

  /** The parsed URL, in agreement with what was handed out. From here on it is what counts. */
  #whole(): URL {
    if (this.#url === null) {
      const url = new URL(this.#text as string);
      this.#url = url;
      this.#trailingSlash = url.pathname === '/' ? undefined : url.pathname.endsWith('/');
    }
    this.#text = null;
    if (this.#params !== null && takeChange(this.#params)) {
      this.#url.search = this.#params.toString();
    }
    return this.#url;
  }

  /** Makes the handed-out params say what the URL's query says. */
  #refillParams(url: URL): void {
    const params = this.#params;
    if (params === null) {
      return;
    }
    for (const key of [...params.keys()]) {
      params.delete(key);
    }
    for (const [key, value] of url.searchParams) {
      params.append(key, value);
    }
    takeChange(params);
  }

  #analyse(url: URL): void {
    const config = this.#options.nextConfig ?? {};
    const info = readPath(url.pathname, config);
    this.#domainLocale = findDomain(config.i18n, hostOf(url, this.#options.headers));
    this.#defaultLocale = this.#domainLocale?.defaultLocale ?? config.i18n?.defaultLocale;
    url.pathname = info.pathname;
    this.#basePath = info.basePath;
    this.#buildId = info.buildId;
    this.#locale = info.locale ?? this.#defaultLocale;
    this.#trailingSlash = info.trailingSlash;
  }

  #formatPathname(url: URL): string {
    const info = {
      pathname: url.pathname,
      basePath: this.#basePath,
      buildId: this.#buildId,
      locale: this.#locale,
      trailingSlash: this.#trailingSlash,
    };
    return writePath(info, this.#options.forceLocale ? undefined : this.#defaultLocale);
  }
}

/** Whether parameters were changed since they were last asked. */
let takeChange: (params: EarlyParams) => boolean;

/**
 * `URLSearchParams` of a URL that was not parsed yet. They note that they were changed, and not only what they hold: a
 * change writes the whole query anew (`%20` becomes `+`) even where it changes nothing (URL standard, section 6.2, "update").
 */
class EarlyParams extends URLSearchParams {
  #isChanged = false;

  override append(...given: [name: string, value: string]): void {
    super.append(...given);
    this.#isChanged = true;
  }

  override delete(...given: [name: string, value?: string]): void {
    super.delete(...given);
    this.#isChanged = true;
  }

  override set(...given: [name: string, value: string]): void {
    super.set(...given);
    this.#isChanged = true;
  }

  override sort(): void {
    super.sort();
    this.#isChanged = true;
  }

  static {
    takeChange = (params): boolean => {
      const isChanged = params.#isChanged;
      params.#isChanged = false;
      return isChanged;
    };
    // To whoever asks they are what they extend.
    Reflect.deleteProperty(EarlyParams.prototype, 'constructor');
  }
}

function parseUrl(input: unknown, base?: unknown): URL {
  const url = new URL(String(input), base === undefined ? undefined : String(base));
  if (LOOPBACK.test(url.hostname)) {
    url.hostname = 'localhost';
  }
  return url;
}

/** Where the path begins in the text of an http(s) URL. */
function pathStart(text: string): number {
  return text.indexOf('/', text.indexOf('//') + 2);
}

/** The query of a URL's text with its `?`; empty when there is nothing after it. */
function searchOf(text: string): string {
  const query = text.indexOf('?');
  return query === -1 || query === text.length - 1 ? '' : text.slice(query);
}

function hostOf(url: URL, headers: NextUrlOptions['headers']): string {
  const host = headers?.['host'];
  return (typeof host === 'string' && host !== '' ? (host.split(':', 1)[0] as string) : url.hostname).toLowerCase();
}
