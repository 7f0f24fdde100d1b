/**
 * `next/headers`: `cookies()`, `headers()` and `draftMode()` of the call that the running code belongs to.
 */
import { forbidInCached } from '../cache/context.ts';
import { waitForRequest } from '../cache/dynamic/dynamic.ts';
import { isDevelopment } from '../handler/host.ts';
import { requireScope } from '../handler/scope.ts';
import type { CallScope } from '../handler/scope.ts';
import { warnSyncAccess, watchedPromise } from '../handler/sync-access.ts';
import { CallCookies } from './call-cookies.ts';
import type { CookieScope } from './call-cookies.ts';
import { DraftMode } from './draft-mode.ts';
import { forbidUnderDynamicError } from './dynamic-error.ts';
import { SealedHeaders } from './sealed-headers.ts';

/** The cookies of the call: the client's, and those that the handler sets. */
export function cookies(): Promise<CallCookies> {
  const scope = requireScope('cookies');
  if (scope.dynamic !== 'force-static') {
    forbidInCached('cookies()');
    forbidUnderDynamicError(scope, 'cookies()');
    const never = waitForRequest(scope.work, 'cookies');
    if (never !== null) {
      return never;
    }
  }
  if (scope.cookiesPromise === null) {
    const promise = Promise.resolve(scope.dynamic === 'force-static' ? new CallCookies(NO_COOKIES) : cookiesOf(scope));
    scope.cookiesPromise = isDevelopment() ? watchCookies(scope.route, promise) : promise;
  }
  return scope.cookiesPromise as Promise<CallCookies>;
}

/** What a `dynamic = 'force-static'` handler has: no cookies, and none can be set. */
const NO_COOKIES: CookieScope = { cookieText: () => null, isOpen: () => false };

/** The headers of the call, read-only. */
export function headers(): Promise<SealedHeaders> {
  const scope = requireScope('headers');
  if (scope.dynamic !== 'force-static') {
    forbidInCached('headers()');
    forbidUnderDynamicError(scope, 'headers()');
    const never = waitForRequest(scope.work, 'headers');
    if (never !== null) {
      return never;
    }
  }
  if (scope.headersPromise === null) {
    const seen = scope.dynamic === 'force-static' ? new Headers() : scope.request.headers;
    const promise = Promise.resolve(new SealedHeaders(seen));
    scope.headersPromise = isDevelopment() ? watchHeaders(scope.route, promise) : promise;
  }
  return scope.headersPromise as Promise<SealedHeaders>;
}

/** The draft mode of the call. */
export function draftMode(): Promise<DraftMode> {
  const scope = requireScope('draftMode');
  const promise = Promise.resolve(new DraftMode(scope, cookiesOf(scope)));
  return isDevelopment() ? watchDraftMode(scope.route, promise) : promise;
}

function cookiesOf(scope: CallScope): CallCookies {
  scope.cookies ??= new CallCookies(scope);
  return scope.cookies;
}

const COOKIE_MEMBERS = ['size', 'get', 'getAll', 'has', 'set', 'delete', 'clear', 'toString'];
const HEADER_MEMBERS = [
  ...['append', 'delete', 'get', 'has', 'set', 'getSetCookie', 'forEach', 'keys', 'values', 'entries'],
];

function watchCookies(route: string, promise: Promise<CallCookies>): Promise<CallCookies> {
  return watchedPromise(promise, COOKIE_MEMBERS, (name) => warnSyncAccess(route, 'cookies()', `\`cookies().${name}\``));
}

function watchHeaders(route: string, promise: Promise<SealedHeaders>): Promise<SealedHeaders> {
  return watchedPromise(promise, HEADER_MEMBERS, (name) => warnSyncAccess(route, 'headers()', `\`headers().${name}\``));
}

function watchDraftMode(route: string, promise: Promise<DraftMode>): Promise<DraftMode> {
  return watchedPromise(promise, ['isEnabled', 'enable', 'disable'], (name) => {
    const member = name === 'isEnabled' ? name : `${name}()`;
    warnSyncAccess(route, 'draftMode()', `\`draftMode().${member}\``);
  });
}
