/**
 * `next/navigation` as Route Handlers use it: functions that end a handler by throwing an error whose `digest` says how.
 */
import { settings } from '../handler/host.ts';
import { currentScope } from '../handler/scope.ts';
import { isFormPost } from './form-post.ts';

/** How a browser's history takes a redirect; it makes no difference to the reply. */
export const RedirectType = { push: 'push', replace: 'replace' } as const;

/** One of `RedirectType`. */
export type RedirectType = (typeof RedirectType)[keyof typeof RedirectType];

/** Ends the handler with a temporary redirect: 307, or 303 after a form was posted. */
export function redirect(url: string, type?: RedirectType): never {
  const scope = currentScope();
  const isAction = scope !== undefined && isFormPost(scope.request);
  throw redirectError(url, type ?? (isAction ? 'push' : 'replace'), 307);
}

/** Ends the handler with a permanent redirect: 308, or 303 after a form was posted. */
export function permanentRedirect(url: string, type: RedirectType = 'replace'): never {
  throw redirectError(url, type, 308);
}

function redirectError(url: string, type: string, status: number): Error {
  return withDigest('NEXT_REDIRECT', `NEXT_REDIRECT;${type};${url};${status};`);
}

/** Ends the handler with 404. */
export function notFound(): never {
  throw withDigest('NEXT_HTTP_ERROR_FALLBACK;404');
}

/** Ends the handler with 403, where `experimental.authInterrupts` is on. */
export function forbidden(): never {
  if (!settings()?.authInterrupts) {
    throw new Error(
      '`forbidden()` is experimental and only allowed to be enabled when `experimental.authInterrupts` is enabled.',
    );
  }
  throw withDigest('NEXT_HTTP_ERROR_FALLBACK;403');
}

/** Ends the handler with 401, where `experimental.authInterrupts` is on. */
export function unauthorized(): never {
  if (!settings()?.authInterrupts) {
    throw new Error(
      '`unauthorized()` is experimental and only allowed to be used when `experimental.authInterrupts` is enabled.',
    );
  }
  throw withDigest('NEXT_HTTP_ERROR_FALLBACK;401');
}

function withDigest(message: string, digest = message): Error {
  return Object.assign(new Error(message), { digest });
}

/** Throws an error again, or its cause, when it is one by which the framework steers. */
export function unstable_rethrow(error: unknown): void {
  if (isSteeringError(error)) {
    throw error;
  }
  if (error instanceof Error && 'cause' in error) {
    unstable_rethrow(error.cause);
  }
}

/** Only browsers can tell. */
export function unstable_isUnrecognizedActionError(): never {
  throw new Error('`unstable_isUnrecognizedActionError` can only be used on the client.');
}

class ReadonlySearchParamsError extends Error {
  constructor() {
    super(
      'Method unavailable on `ReadonlyURLSearchParams`. Read more: https://nextjs.org/docs/app/api-reference/functions/use-search-params#updating-searchparams',
    );
  }
}

/** Search params that cannot be changed. */
export class ReadonlyURLSearchParams extends URLSearchParams {
  override append(): never {
    throw new ReadonlySearchParamsError();
  }

  override delete(): never {
    throw new ReadonlySearchParamsError();
  }

  override set(): never {
    throw new ReadonlySearchParamsError();
  }

  override sort(): never {
    throw new ReadonlySearchParamsError();
  }
}

/** How a handler ended by throwing. */
export type Interruption =
  | { readonly kind: 'redirect'; readonly url: string; readonly status: number }
  | { readonly kind: 'status'; readonly status: number };

const STATUSES: Readonly<Record<string, number>> = { '303': 303, '307': 307, '308': 308 };
const FALLBACKS: Readonly<Record<string, number>> = { '401': 401, '403': 403, '404': 404 };

/** What a thrown value means by its `digest`, whoever made it; null when it is an error like any other. */
export function readInterruption(thrown: unknown): Interruption | null {
  const digest = digestOf(thrown);
  if (digest === null) {
    return null;
  }
  const parts = digest.split(';');
  if (parts[0] === 'NEXT_HTTP_ERROR_FALLBACK') {
    const status = FALLBACKS[String(Number(parts[1]))];
    return status === undefined ? null : { kind: 'status', status };
  }
  if (parts[0] !== 'NEXT_REDIRECT' || (parts[1] !== 'replace' && parts[1] !== 'push')) {
    return null;
  }
  const status = STATUSES[String(Number(parts.at(-2)))];
  return status === undefined ? null : { kind: 'redirect', url: parts.slice(2, -2).join(';'), status };
}

function digestOf(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('digest' in thrown)) {
    return null;
  }
  return typeof thrown.digest === 'string' ? thrown.digest : null;
}

/** Digests of errors by which rendering is steered; `unstable_rethrow` lets them pass. */
const STEERING = new Set(['BAILOUT_TO_CLIENT_SIDE_RENDERING', 'DYNAMIC_SERVER_USAGE', 'HANGING_PROMISE_REJECTION']);

function isSteeringError(error: unknown): boolean {
  return readInterruption(error) !== null || STEERING.has(digestOf(error) ?? '');
}
