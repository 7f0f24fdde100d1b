/**
 * What is told on of an error in a `'use cache'` function: in production its message is only in the log, as in Next.js.
 */
import { isDevelopment, logValue } from '../../handler/host.ts';
import { readInterruption } from '../../next/navigation.ts';

const GENERIC =
  'An error occurred in the Server Components render. The specific message is omitted in production builds to avoid leaking ' +
  'sensitive details. A digest property is included on this error instance which may provide additional details about the ' +
  'nature of the error.';

/** What is written of an error. */
export interface ErrorFacts {
  readonly digest: string;
  /** In development. */
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
}

/** Notes an error that was thrown inside: it is logged once, and gets a number by which it is found in the log. */
export function noteError(thrown: unknown): ErrorFacts {
  if (isInterruption(thrown)) {
    return facts(thrown, (thrown as { readonly digest: string }).digest);
  }
  if (isSilent(thrown)) {
    return facts(thrown, String((thrown as { readonly digest?: unknown }).digest ?? ''));
  }
  const failure = properError(thrown);
  const digest = digestOf(thrown, failure);
  if (!isDevelopment() && failure.message !== GENERIC) {
    if (!('digest' in failure) && Object.isExtensible(failure)) {
      Object.assign(failure, { digest });
    }
    logValue('error', '⨯ ', failure);
  }
  return facts(failure, digest);
}

/** Whether something was thrown by `redirect()`, `notFound()` or their like: it is no error. */
export function isInterruption(thrown: unknown): boolean {
  return readInterruption(thrown) !== null;
}

/** What only says that something ends here: a generation that is dynamic, a request that is gone. */
function isSilent(thrown: unknown): boolean {
  const { name, digest } = (thrown ?? {}) as { readonly name?: unknown; readonly digest?: unknown };
  return digest === 'DYNAMIC_SERVER_USAGE' || name === 'AbortError';
}

function facts(failure: unknown, digest: string): ErrorFacts {
  if (!isDevelopment() || !isError(failure)) {
    return { digest };
  }
  const { name, message, stack } = failure;
  return { digest, name, message, ...(stack === undefined ? {} : { stack }) };
}

/** The error that a caller gets. In development it is as React has it there: a plain `Error` with the name and the stack of the one inside. */
export function shownError({ digest, name, message, stack }: ErrorFacts): Error {
  if (message === undefined) {
    return Object.assign(new Error(GENERIC), { digest });
  }
  return Object.assign(withStack(new Error(message), stack), { digest, environmentName: 'Cache', name });
}

/** An error that was returned, not thrown. */
export function returnedError(name?: string, message?: string, stack?: string): Error {
  if (message === undefined) {
    return new Error(GENERIC);
  }
  return Object.assign(withStack(new Error(message), stack), { environmentName: 'Cache', name });
}

function withStack(error: Error, stack: string | undefined): Error {
  return stack === undefined ? error : Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
}

function properError(thrown: unknown): Error {
  if (isError(thrown)) {
    return thrown;
  }
  if (typeof thrown === 'object' && thrown !== null && Object.getPrototypeOf(thrown) === Object.prototype) {
    return new Error(safeJson(thrown));
  }
  return new Error(String(thrown));
}

/** Errors of other realms count. */
function isError(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'name' in thrown && 'message' in thrown;
}

function safeJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}

function digestOf(thrown: unknown, failure: Error): string {
  const own = (failure as { readonly digest?: unknown }).digest;
  if (typeof own === 'string' && own !== '') {
    return own;
  }
  const text = typeof thrown === 'string' ? thrown : `${failure.message}${failure.stack ?? ''}`;
  let hash = 5381;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    hash = (hash * 33) ^ text.charCodeAt(index);
  }
  return String(hash >>> 0);
}
