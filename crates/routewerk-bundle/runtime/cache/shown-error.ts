/**
 * What is told on of an error in a `'use cache'` function: in production its message is only in the log, as in Next.js.
 */
import { isDevelopment, logValue } from '../handler/host.ts';
import { readInterruption } from '../next/navigation.ts';

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
  if (!isDevelopment() || !(failure instanceof Error)) {
    return { digest };
  }
  const { name, message, stack } = failure;
  return { digest, name, message, ...(stack === undefined ? {} : { stack }) };
}

/** The error that a caller gets. */
export function shownError({ digest, name, message, stack }: ErrorFacts): Error {
  if (message === undefined) {
    return Object.assign(new Error(GENERIC), { digest });
  }
  return withParts(Object.assign(new Error(message), { digest }), name, stack);
}

/** An error that was returned, not thrown. */
export function returnedError(name?: string, message?: string, stack?: string): Error {
  return message === undefined ? new Error(GENERIC) : withParts(new Error(message), name, stack);
}

function withParts<E extends Error>(error: E, name: string | undefined, stack: string | undefined): E {
  for (const [key, value] of [['name', name], ['stack', stack]] as const) {
    if (value !== undefined && error[key] !== value) {
      Object.defineProperty(error, key, { value, writable: true, configurable: true });
    }
  }
  return error;
}

function properError(thrown: unknown): Error {
  if (thrown instanceof Error || isErrorOfElsewhere(thrown)) {
    return thrown as Error;
  }
  if (typeof thrown === 'object' && thrown !== null && Object.getPrototypeOf(thrown) === Object.prototype) {
    return new Error(safeJson(thrown));
  }
  return new Error(String(thrown));
}

function isErrorOfElsewhere(thrown: unknown): boolean {
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
