/**
 * What a `NextURL` reads out of a path and puts back in: base path, locale, the build id of a data URL, and whether the
 * path ended with a slash.
 */
import type { NextDomainLocale, NextI18nConfig, NextUrlConfig } from './next-url.ts';

/** A path taken apart. */
export interface PathInfo {
  readonly pathname: string;
  readonly basePath: string;
  readonly buildId: string | undefined;
  readonly locale: string | undefined;
  readonly trailingSlash: boolean | undefined;
}

const DATA_PREFIX = '/_next/data/';
const DATA_SUFFIX = '.json';

/** Takes a path apart as the configuration says. */
export function readPath(path: string, config: NextUrlConfig): PathInfo {
  const trailingSlash = path === '/' ? config.trailingSlash : path.endsWith('/');
  let pathname = path;
  let basePath = '';
  if (config.basePath && hasPrefix(pathname, config.basePath)) {
    basePath = config.basePath;
    const rest = pathname.slice(basePath.length);
    pathname = rest.startsWith('/') ? rest : `/${rest}`;
  }
  let buildId: string | undefined;
  if (pathname.startsWith(DATA_PREFIX) && pathname.endsWith(DATA_SUFFIX)) {
    const [id, ...parts] = pathname.slice(DATA_PREFIX.length, -DATA_SUFFIX.length).split('/');
    buildId = id;
    pathname = parts[0] === 'index' ? '/' : `/${parts.join('/')}`;
  }
  const localised = config.i18n ? splitLocale(pathname, config.i18n.locales) : { pathname, locale: undefined };
  return { ...localised, basePath, buildId, trailingSlash };
}

/** Puts a path together again. */
export function writePath(info: PathInfo, defaultLocale: string | undefined): string {
  let path = info.pathname;
  const omitted = info.buildId === undefined ? defaultLocale : undefined;
  if (info.locale && info.locale !== omitted && !isLocaleless(path, info.locale)) {
    path = `/${info.locale}${path}`;
  }
  if (info.buildId || !info.trailingSlash) {
    path = withoutTrailingSlash(path);
  }
  if (info.buildId) {
    path = `${DATA_PREFIX}${info.buildId}${path}${info.pathname === '/' ? 'index' : ''}${DATA_SUFFIX}`;
  }
  path = `${info.basePath}${path}`;
  if (info.buildId || !info.trailingSlash) {
    return withoutTrailingSlash(path);
  }
  return path.endsWith('/') ? path : `${path}/`;
}

/** The configured domain that a host name belongs to. */
export function findDomain(i18n: NextI18nConfig | null | undefined, hostname: string): NextDomainLocale | undefined {
  return i18n?.domains?.find((item) => item.domain.split(':', 1)[0]?.toLowerCase() === hostname);
}

/** Whether a path is the prefix or lies below it. */
export function hasPrefix(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

/** A path without the slash at its end; `/` stays. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Paths of the API, and those that have the locale already, get none. */
function isLocaleless(path: string, locale: string): boolean {
  const lower = path.toLowerCase();
  return hasPrefix(lower, '/api') || hasPrefix(lower, `/${locale.toLowerCase()}`);
}

function splitLocale(pathname: string, locales: readonly string[]): { pathname: string; locale: string | undefined } {
  const segment = pathname.split('/', 2)[1]?.toLowerCase() ?? '';
  const locale = segment === '' ? undefined : locales.find((candidate) => candidate.toLowerCase() === segment);
  return locale === undefined
    ? { pathname, locale: undefined }
    : { pathname: pathname.slice(locale.length + 1) || '/', locale };
}
