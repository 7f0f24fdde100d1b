/**
 * `NextURL`, which is `request.nextUrl`: a URL that knows the base path and the locales of next.config.
 */

declare module 'next/dist/server/web/next-url' {
  import type { DomainLocale, I18NConfig } from 'next/dist/server/config-shared';

  interface Options {
    base?: string | URL;
    headers?: { [name: string]: number | string | string[] | undefined };
    forceLocale?: boolean;
    nextConfig?: {
      basePath?: string;
      i18n?: I18NConfig | null;
      trailingSlash?: boolean;
    };
  }

  const INTERNALS: unique symbol;

  class NextURL {
    private [INTERNALS];
    constructor(input: string | URL, base?: string | URL, options?: Options);
    constructor(input: string | URL, options?: Options);

    /** The whole URL, base path and locale included. */
    get href(): string;
    set href(value: string);
    get origin(): string;
    get protocol(): string;
    set protocol(value: string);
    get username(): string;
    set username(value: string);
    get password(): string;
    set password(value: string);
    get host(): string;
    set host(value: string);
    get hostname(): string;
    set hostname(value: string);
    get port(): string;
    set port(value: string);
    /** The path without base path and locale. */
    get pathname(): string;
    set pathname(value: string);
    get search(): string;
    set search(value: string);
    /** The query; changes are changes of the URL. */
    get searchParams(): URLSearchParams;
    get hash(): string;
    set hash(value: string);

    /** `basePath` of next.config where the path begins with it, or empty. */
    get basePath(): string;
    set basePath(value: string);
    get buildId(): string | undefined;
    set buildId(value: string | undefined);
    get locale(): string;
    set locale(value: string);
    get defaultLocale(): string | undefined;
    get domainLocale(): DomainLocale | undefined;

    toString(): string;
    toJSON(): string;
    /** A copy that can be changed on its own. */
    clone(): NextURL;
  }

  export { NextURL };
}
