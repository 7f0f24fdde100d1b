/**
 * What Next.js adds to the global scope of every project, and two modules that are only a mark.
 */

/** The option `next` of `fetch()`: how long an answer may be kept, and under which tags. */
interface NextFetchRequestConfig {
  /** Seconds for which the answer is fresh: `0` for never, `false` for ever. */
  revalidate?: number | false;
  /** The tags by which `revalidateTag()` finds it. */
  tags?: string[];
}

interface RequestInit {
  next?: NextFetchRequestConfig | undefined;
}

declare namespace NodeJS {
  interface ProcessEnv {
    readonly NODE_ENV: 'development' | 'production' | 'test';
  }
}

/** Handlers of the edge runtime find it there; those of Node.js import it. */
declare var AsyncLocalStorage: typeof import('async_hooks').AsyncLocalStorage;

/** A module that imports it is only for the server. */
declare module 'server-only' {}

/** A module that imports it is only for the browser, and no handler may reach it. */
declare module 'client-only' {}
