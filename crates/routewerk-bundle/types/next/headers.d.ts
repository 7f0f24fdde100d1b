/**
 * `next/headers`: the request of the running call, without passing it on.
 * Every function throws outside of a call.
 */

declare module 'next/headers' {
  import type { ReadonlyHeaders } from 'next/dist/server/web/spec-extension/adapters/headers';
  import type { ReadonlyRequestCookies } from 'next/dist/server/web/spec-extension/adapters/request-cookies';

  /** Whether the visitor sees drafts. */
  class DraftMode {
    private constructor();
    get isEnabled(): boolean;
    /** Sets the cookie by which the visitor sees drafts from the next request on. */
    enable(): void;
    disable(): void;
  }

  /** The cookies of the request; what is set goes into the reply. */
  export function cookies(): Promise<ReadonlyRequestCookies>;
  /** The headers of the request. */
  export function headers(): Promise<ReadonlyHeaders>;
  /** Draft mode: read anywhere in a call, switched in a handler. */
  export function draftMode(): Promise<DraftMode>;

  export {};
}

declare module 'next/headers.js' {
  export * from 'next/headers';
}
