/**
 * `next/navigation`, the part that works on a server: functions that end a handler with a certain reply.
 * The hooks of pages are not here, because there are no pages to use them in.
 */

declare module 'next/navigation' {
  /** The query of a URL, which cannot be changed. */
  export class ReadonlyURLSearchParams extends URLSearchParams {
    /** @deprecated Throws. */
    append(): void;
    /** @deprecated Throws. */
    delete(): void;
    /** @deprecated Throws. */
    set(): void;
    /** @deprecated Throws. */
    sort(): void;
  }

  /** How a browser's history takes a redirect; it makes no difference to the reply. */
  export const RedirectType: { readonly push: 'push'; readonly replace: 'replace' };

  /** Ends the handler with a temporary redirect: 307, or 303 after a form was posted. */
  export function redirect(url: string, type?: 'push' | 'replace'): never;
  /** Ends the handler with a permanent redirect: 308, or 303 after a form was posted. */
  export function permanentRedirect(url: string, type?: 'push' | 'replace'): never;
  /** Ends the handler with 404. */
  export function notFound(): never;
  /** Ends the handler with 403, where `experimental.authInterrupts` is on. */
  export function forbidden(): never;
  /** Ends the handler with 401, where `experimental.authInterrupts` is on. */
  export function unauthorized(): never;
  /** Throws an error again, or its cause, when it is one by which a handler is ended. */
  export function unstable_rethrow(error: unknown): void;

  class UnrecognizedActionError extends Error {
    constructor(...args: ConstructorParameters<typeof Error>);
  }

  /** Whether an error says that the server knows no such action. */
  export function unstable_isUnrecognizedActionError(error: unknown): error is UnrecognizedActionError;

  export {};
}

declare module 'next/navigation.js' {
  export * from 'next/navigation';
}
