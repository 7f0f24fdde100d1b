/**
 * What the handler half asks of its neighbours: the loader (which turns a route's index into a module), the log, and
 * the configuration that the front sends with `init`. The handler half never reads files, environment variables or
 * sockets by itself; whoever wires it passes these in.
 */

import type { CacheLife } from '../cache/life.ts';

/** The segment config exports of a route that matter while a call runs. */
export interface SegmentConfig {
  readonly dynamic?: 'auto' | 'force-dynamic' | 'error' | 'force-static';
  readonly runtime?: 'nodejs' | 'edge' | 'experimental-edge';
  readonly [name: string]: unknown;
}

/** One dynamic segment of a route's pattern, in the pattern's order. */
export interface RouteParam {
  readonly name: string;
  readonly kind: 'single' | 'catchAll' | 'optionalCatchAll';
}

/** One row of the manifest's route table (docs/design/modules.md). */
export interface RouteInfo {
  /** `/api/items/[slug]` */
  readonly pattern: string;
  /** Path of the route file from the project's root, with `/`: `app/api/items/[slug]/route.ts`. */
  readonly file: string;
  /** Path of the built entry from the build directory; absent in development. */
  readonly entry?: string;
  readonly params: readonly RouteParam[];
  /** Whether a call enters the `AsyncLocalStorage` scope on Node.js below 24. */
  readonly scope: boolean;
  readonly segment?: SegmentConfig;
}

/** The evaluated module of a route file: its namespace, or its `module.exports`. */
export type RouteModule = Readonly<Record<string, unknown>>;

/** A loaded module, in a box: a promise would take a module that exports a function named `then` for another promise. */
export interface LoadedRoute {
  readonly module: RouteModule;
}

/** Turns routes into modules. Production imports built entries, development asks the module registry. */
export interface RouteLoader {
  /**
   * The module of a route, synchronously, when it is evaluated and current; otherwise null, and `loadRoute` must be
   * asked. Called once per call, so it has to be a look-up. In development a changed module gives null or the new one.
   */
  loadedRoute(index: number): RouteModule | null;
  /** Loads and evaluates a route's module. A failed load is not remembered: the next call tries again. */
  loadRoute(index: number): Promise<LoadedRoute>;
}

/** A module that next.config names, as the manifest has it. */
export interface ConfigModule {
  /** The file, as messages name it: `./cache-handler.mjs`. */
  readonly file: string;
  /** What the loader loads. */
  readonly entry: string;
}

/** The modules that next.config names. */
export interface ConfigModules {
  /** `cacheHandler` */
  readonly cacheHandler?: ConfigModule;
  /** `cacheHandlers`, by name. */
  readonly cacheHandlers?: Readonly<Record<string, ConfigModule>>;
}

/**
 * What such a module exports: its `default`, or the module itself. In a box, as a loaded route is. Rejects with what the module has
 * thrown.
 */
export type LoadConfigExport = (module: ConfigModule) => Promise<{ readonly value: unknown }>;

/** How severe a log record is. */
export type LogLevel = 'error' | 'warn' | 'info';

/** Takes what Next.js would print on the server's terminal. May have several lines. Must not throw. */
export type Log = (level: LogLevel, text: string) => void;

/** Rewrites the positions in a stack to those of the user's source files. Must not throw. */
export type MapStack = (stack: string) => string;

/** What a handler call needs to know of the project and the server. */
export interface HandlerSettings {
  readonly mode: 'production' | 'development';
  /** `http://localhost:3000`: the origin of the URLs that handlers see. */
  readonly origin: string;
  /** 32 hexadecimal digits that the draft-mode cookie must equal; null when the project has none. */
  readonly draftModeId: string | null;
  /** `experimental.authInterrupts` of next.config: whether `forbidden()` and `unauthorized()` may be called. */
  readonly authInterrupts: boolean;
  /** `cacheLife` of next.config: profiles beside Next.js's own. */
  readonly cacheLife?: Readonly<Record<string, CacheLife>>;
  /** `experimental.fetchCacheKeyPrefix` of next.config: part of every key. */
  readonly fetchCacheKeyPrefix?: string;
  /** How many bytes of stored values the worker may keep copies of; absent is none. */
  readonly copiedBytes?: number;
  /** `cacheComponents` of next.config. */
  readonly cacheComponents?: boolean;
  /** `experimental.useCache`: `'use cache'` without the rest of `cacheComponents`. */
  readonly useCache?: boolean;
  /** What the user's `cacheHandler` is constructed with. */
  readonly userStore?: { readonly flushToDisk: boolean; readonly serverDistDir: string; readonly maxMemoryCacheSize: number | undefined };
  /** The build that is served; development has a name of its own for each start of a worker. */
  readonly buildId?: string;
}

/** Asks the front (docs/design/channel.md). Rejects with the front's message. */
export type Ask = (topic: string, value: unknown) => Promise<unknown>;

/** Everything that the dispatcher is wired to. */
export interface HandlerPorts {
  readonly settings: HandlerSettings;
  readonly routes: readonly RouteInfo[];
  readonly loader: RouteLoader;
  readonly log: Log;
  readonly mapStack: MapStack;
}
