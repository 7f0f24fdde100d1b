/**
 * What Next.js adds to the global scope of every project, and the two modules that are only a mark.
 */

/** The option `next` of `fetch()`: how long its answer may be kept, and under which tags. */
interface NextFetchRequestConfig {
  /** Seconds for which the answer is fresh, `0` for never, `false` for ever. */
  revalidate?: number | false
  /** The tags with which `revalidateTag()` finds it. */
  tags?: string[]
}

interface RequestInit {
  next?: NextFetchRequestConfig | undefined
}

declare namespace NodeJS {
  interface ProcessEnv {
    readonly NODE_ENV: "development" | "production" | "test"
  }
}

/** The module is only for the server. */
declare module "server-only" {}

/** The module is only for the browser: importing it is an error here. */
declare module "client-only" {}
