/**
 * The start of a worker: joins the front, puts the web classes and the `next/*` modules in place, and answers calls.
 *
 * Wiring only; what it wires knows nothing of its neighbours. Everything up to the answer to `init` is what a cold start
 * waits for, so nothing here reads or loads what the first call does not need. docs/design/channel.md describes the
 * messages.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { builtin } from './builtins.ts';
import { copiedBytes } from './cache/copies.ts';
import { cachedFetch } from './cache/fetch/fetch.ts';
import type { CacheLife } from './cache/life.ts';
import { watchSyncIo } from './cache/dynamic/sync-io.ts';
import { useCache } from './cache/use-cache/use-cache.ts';
import { checkUserStore, hasUserStore, openUserStore, warmUserStore } from './cache/user/user-store.ts';
import { connect } from './channel/connect.ts';
import type { Channel } from './channel/types.ts';
import { publishedRuntime } from './edge/published.ts';
import { whenAfterWorkIsDone } from './handler/after.ts';
import { Dispatcher } from './handler/dispatch.ts';
import { failureText, logFailure, logValue, setHost } from './handler/host.ts';
import type { Ask, ConfigModules, Log, RouteInfo } from './handler/ports.ts';
import { configExport } from './loader/config-modules.ts';
import type * as Development from './loader/development.ts';
import { developmentFile } from './loader/files.ts';
import { createProductionLoader } from './loader/loader.ts';
import type { Loader } from './loader/loader.ts';
import { installNextGlobals } from './next/globals.ts';
import type { HttpAgentOptions } from './next/globals.ts';
import { nextModules } from './next/modules.ts';
import type { ModulesChanged } from './registry/wire.ts';
import { setFetchKeeper } from './web/fetch.ts';
import { installWebClasses } from './web/install.ts';

/** The question `init`. */
interface Init {
  readonly mode: 'production' | 'development';
  /** The project's root, absolute. */
  readonly root: string;
  /** The build folder, absolute. */
  readonly build: string;
  /** The manifest's file, absolute. */
  readonly manifest: string;
  /** `http://localhost:3000` */
  readonly origin: string;
  /** The secret of the draft-mode cookie; null where there is none. */
  readonly draftModeId?: string | null;
  /** Whether routes that nobody calls are loaded too; absent is true. A build runs no module that it does not have to. */
  readonly loadsAll?: boolean;
}

/** What the manifest holds for a worker. */
interface Manifest {
  readonly buildId: string;
  readonly config?: {
    readonly experimental?: {
      readonly authInterrupts?: unknown;
      readonly cacheLife?: Readonly<Record<string, CacheLife>> | null;
      readonly fetchCacheKeyPrefix?: string | null;
      readonly isrFlushToDisk?: unknown;
      readonly useCache?: unknown;
    } | null;
    readonly httpAgentOptions?: HttpAgentOptions | null;
    readonly cacheLife?: Readonly<Record<string, CacheLife>> | null;
    readonly cacheComponents?: unknown;
    readonly cacheMaxMemorySize?: unknown;
  };
  readonly routes: readonly RouteInfo[];
  readonly configModules?: ConfigModules;
  /** Whether an external ES module may import what the runtime serves; absent where that is not known. */
  readonly externalsImportServed?: boolean;
}

/** The key under which built modules and hooks find the runtime. */
const RUNTIME = Symbol.for('routewerk.runtime');

function main(): void {
  const channel = connect();
  const log: Log = (level, text) => channel.control.tell('log', { level, text });
  channel.control.onAsk('init', (value) => begin(value as Init, channel, log));
  channel.control.onAsk('drain', async () => {
    // Work that a call has left behind may make further calls of its own wait, so both are looked at again.
    do {
      await channel.whenIdle();
      await whenAfterWorkIsDone();
    } while (channel.callsInFlight > 0);
    return {};
  });
}

/** Makes the worker ready for calls. */
function begin(init: Init, channel: Channel, log: Log): Record<string, never> {
  const manifest = JSON.parse(readFileSync(init.manifest, 'utf8')) as Manifest;
  let routes = manifest.routes;
  process.title = 'routewerk-worker';
  process.env['NODE_ENV'] ||= init.mode;
  process.env['NEXT_RUNTIME'] = 'nodejs';
  if (manifest.config?.cacheComponents === true && init.mode === 'production') {
    watchSyncIo();
  }
  installWebClasses();
  setFetchKeeper(cachedFetch);
  installNextGlobals(manifest.config?.httpAgentOptions);
  Object.defineProperty(globalThis, Symbol.for('routewerk.useCache'), { value: useCache, configurable: true });
  Object.defineProperty(globalThis, RUNTIME, { value: publishedRuntime(nextModules), configurable: true });

  const settings = {
    mode: init.mode,
    origin: init.origin,
    draftModeId: init.draftModeId ?? null,
    authInterrupts: manifest.config?.experimental?.authInterrupts === true,
    cacheLife: { ...manifest.config?.experimental?.cacheLife, ...manifest.config?.cacheLife },
    fetchCacheKeyPrefix: manifest.config?.experimental?.fetchCacheKeyPrefix ?? '',
    copiedBytes: copiedBytes(manifest.config?.cacheMaxMemorySize),
    cacheComponents: manifest.config?.cacheComponents === true,
    useCache: manifest.config?.experimental?.useCache === true,
    userStore: {
      flushToDisk: manifest.config?.experimental?.isrFlushToDisk !== false,
      serverDistDir: join(init.build, 'server'),
      maxMemoryCacheSize: numberOrNot(manifest.config?.cacheMaxMemorySize),
    },
    buildId: init.mode === 'production' ? manifest.buildId : `development ${builtin('node:crypto').randomUUID()}`,
  };
  const common = { root: init.root, routes: () => routes, served: nextModules, runtimeFile: __filename };
  const development: Development.DevelopmentLoader | null =
    init.mode === 'development'
      ? developmentPart().createDevelopmentLoader({ ...common, ask: (topic, value) => channel.control.ask(topic, value) })
      : null;
  const loader: Loader =
    development ??
    createProductionLoader({
      ...common,
      build: init.build,
      externalsImportServed: manifest.externalsImportServed ?? true,
    });
  const ask: Ask = (topic, value) => channel.control.ask(topic, value);
  setHost({
    settings,
    log,
    mapStack: loader.mapStack,
    ask,
    configModules: manifest.configModules ?? {},
    loadConfigExport: (module) => configExport(loader, module),
  });
  surviveEscapedErrors();

  const dispatcher = new Dispatcher(routes, loader);
  channel.onDispatch(dispatcher.dispatch);
  channel.control.onAsk('store.check', async () => {
    await checkUserStore().catch((failure: unknown) => {
      throw new Error(failureText(failure));
    });
    return {};
  });
  channel.control.onAsk('store.invalidate', async (message) => {
    const { tags } = message as { readonly tags: readonly string[] };
    await (await openUserStore())?.revalidateTag(tags, undefined);
    return {};
  });
  channel.control.onAsk('params.generate', (value) => dispatcher.generateParams((value as { route: number }).route));
  if (development === null) {
    if (init.loadsAll !== false) {
      // Next.js loads every route at boot; here the first call does not wait for that.
      setImmediate(() => void dispatcher.loadAll());
      if (hasUserStore()) {
        // What is wrong with it is in the log before the first request.
        setImmediate(() => void warmUserStore());
      }
    }
  } else {
    // The front sends no call of a route that this concerns before it is answered.
    channel.control.onAsk('modules.changed', (message) => {
      development.changed(message as ModulesChanged);
      // What a function with `'use cache'` calls may be another one now.
      settings.buildId = `development ${builtin('node:crypto').randomUUID()}`;
      return {};
    });
    channel.control.onTell('site', (message) => {
      routes = (message as Manifest).routes;
      dispatcher.setRoutes(routes);
    });
  }
  return {};
}

function numberOrNot(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The part of the runtime that only development needs, from its file beside this one. */
function developmentPart(): typeof Development {
  return createRequire(__filename)(developmentFile(__filename)) as typeof Development;
}

/** An error that escapes a handler is logged and costs nobody else his answer, as in Next.js. */
function surviveEscapedErrors(): void {
  process.on('unhandledRejection', (reason) => logFailure(reason, 'unhandledRejection: '));
  process.on('uncaughtException', (error) => {
    logValue('error', '', error);
    logFailure(error, 'uncaughtException:  ');
  });
}

main();
