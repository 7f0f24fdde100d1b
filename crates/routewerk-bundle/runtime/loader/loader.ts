/**
 * Turns the routes of the table into modules, in production: built entries (development.ts does it in development).
 *
 * It also installs what makes those modules work: the hooks that give external packages `next/*`, and stacks that name
 * the user's files.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { createChunkMaps, installBuiltStackTraces } from './built-stacks.ts';
import { hasSyncHooks, installImportHook, installRequireHook } from './hooks.ts';
import type { ServedModules } from './hooks.ts';
import { createStackMapper } from './stacks.ts';

/** What the loader needs to know of a route. */
export interface LoadableRoute {
  /** Path of the route file from the project's root. */
  readonly file: string;
  /** Path of the built entry from the build folder; only in production. */
  readonly entry?: string;
}

/** The evaluated module of a route: its namespace, or its `module.exports`. */
export type RouteModule = Readonly<Record<string, unknown>>;

/** A module that next.config names, as the manifest has it. */
export interface ConfigModule {
  /** The file, as messages name it: `./cache-handler.mjs`. */
  readonly file: string;
  /** What is loaded: a path from the build folder, or in development the file itself, absolute. */
  readonly entry: string;
}

/** A loaded module of a route. */
export interface LoadedRoute {
  readonly module: RouteModule;
}

/** Turns routes into modules. */
export interface Loader {
  /** The module of a route, if it is evaluated and current. A look-up. */
  loadedRoute(index: number): RouteModule | null;
  /**
   * Loads and evaluates the module of a route; calls that come meanwhile share the work. The module is in a box, because a
   * promise would take a module that exports a function named `then` for another promise.
   */
  loadRoute(index: number): Promise<LoadedRoute>;
  /** Loads and evaluates a module that next.config names; again, and it is the same one. In development a saved one is run anew. */
  loadConfigModule(module: ConfigModule): Promise<LoadedRoute>;
  /** Rewrites the stacks in a text for the log. Does not throw. */
  mapStack(text: string): string;
}

/** What both loaders are made of. */
export interface CommonOptions {
  /** The project's root, absolute. */
  readonly root: string;
  /** The route table now. */
  readonly routes: () => readonly LoadableRoute[];
  /** What the runtime serves. */
  readonly served: ServedModules;
  /** The file of this runtime. */
  readonly runtimeFile: string;
}

/** What the production loader is made of. */
export interface ProductionOptions extends CommonOptions {
  /** The build folder, absolute. */
  readonly build: string;
  /** Whether an external ES module may import what the runtime serves. */
  readonly externalsImportServed: boolean;
}

/** Makes the loader of production. Call it once per process. */
export function createProductionLoader(options: ProductionOptions): Loader {
  const { build, routes, served, runtimeFile } = options;
  const original = createChunkMaps(build);
  installBuiltStackTraces({ original, runtimeFile });
  installRequireHook(served, null);
  if (options.externalsImportServed || hasSyncHooks()) installImportHook(served);
  const loaded = new Map<string, RouteModule>();
  const loading = new Map<string, Promise<LoadedRoute>>();
  const load = async (entry: string): Promise<LoadedRoute> => {
    try {
      const module = (await import(pathToFileURL(join(build, entry)).href)) as RouteModule;
      loaded.set(entry, module);
      return { module };
    } finally {
      // Node.js remembers what a module has thrown and throws it again, so asking again is cheap and gives the same.
      loading.delete(entry);
    }
  };
  return {
    loadedRoute: (index) => loaded.get(entryOf(routes(), index)) ?? null,
    loadRoute: (index) => {
      const entry = entryOf(routes(), index);
      const known = loading.get(entry);
      if (known !== undefined) return known;
      const promise = load(entry);
      loading.set(entry, promise);
      return promise;
    },
    loadConfigModule: async ({ entry }) => ({ module: (await import(pathToFileURL(join(build, entry)).href)) as RouteModule }),
    mapStack: createStackMapper({ root: options.root, original, runtimeFile, showsCode: false }),
  };
}

/** A route of the table, which must have it. */
export function routeAt(routes: readonly LoadableRoute[], index: number): LoadableRoute {
  const route = routes[index];
  if (route === undefined) throw new Error(`there is no route ${index}, only ${routes.length}`);
  return route;
}

function entryOf(routes: readonly LoadableRoute[], index: number): string {
  const route = routeAt(routes, index);
  if (route.entry === undefined) throw new Error(`the route \`${route.file}\` was not built`);
  return route.entry;
}
