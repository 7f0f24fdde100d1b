/**
 * The warning of development about an asynchronous request API that is used without `await`, in Next.js's words.
 */
import { logValue } from './host.ts';

/** Complains that `expression` was read from the promise that `api` returns (or is, for `params`). */
export function warnSyncAccess(route: string, api: string, expression: string): void {
  const returns = api === 'params' ? 'is' : 'returns';
  const text =
    `Route "${route}" used ${expression}. \`${api}\` ${returns} a Promise and must be unwrapped with \`await\` or ` +
    '`React.use()` before accessing its properties. Learn more: https://nextjs.org/docs/messages/sync-dynamic-apis';
  const warning = new Error(text);
  Error.captureStackTrace(warning, warnSyncAccess);
  logValue('warn', '', warning);
}

/** A promise whose named members, which it does not have, complain when they are read. */
export function watchedPromise<T>(promise: Promise<T>, names: readonly string[], warn: (name: string) => void): Promise<T> {
  for (const name of names) {
    Object.defineProperty(promise, name, {
      configurable: true,
      enumerable: false,
      get(): undefined {
        warn(name);
        return undefined;
      },
      set(value: unknown): void {
        Object.defineProperty(promise, name, { value, writable: true, configurable: true });
      },
    });
  }
  return promise;
}
