/**
 * Turns the routes of the table into modules, in development: modules of the registry.
 *
 * It is the entry of a file of its own beside the worker's (`worker-dev.cjs`), so that a worker in production neither
 * reads it nor loads the parts of Node.js that only it needs. What it shares with the rest of the runtime is in both
 * files, so nothing of that may keep state that the other file has to see: hooks are installed by one of them alone.
 */

import { join } from 'node:path';

import { Registry } from '../registry/registry.ts';
import { installStackTraces } from '../registry/stack-traces.ts';
import type { Ask, ModulesChanged } from '../registry/wire.ts';
import { hasSyncHooks, installImportHook, installRequireHook } from './hooks.ts';
import { routeAt } from './loader.ts';
import type { CommonOptions, Loader } from './loader.ts';
import { createStackMapper } from './stacks.ts';

/** The loader of development. */
export interface DevelopmentLoader extends Loader {
  /** Takes in that files were saved (`modules.changed`). */
  changed(message: ModulesChanged): void;
}

/** What the development loader is made of. */
export interface DevelopmentOptions extends CommonOptions {
  /** Asks the front. */
  readonly ask: Ask;
}

/** Makes the loader of development. Call it once per process. */
export function createDevelopmentLoader(options: DevelopmentOptions): DevelopmentLoader {
  const { root, routes, served } = options;
  const registry = new Registry({
    ask: options.ask,
    served: () => served,
    beforeNativeImport: () => installImportHook(served),
  });
  installRequireHook(served, registry);
  if (hasSyncHooks()) installImportHook(served);
  installStackTraces((path) => registry.mappingsOf(path));
  return {
    loadedRoute: (index) => registry.loaded(join(root, routeAt(routes(), index).file)),
    loadRoute: async (index) => ({ module: (await registry.load(join(root, routeAt(routes(), index).file))).exports }),
    loadConfigModule: async ({ entry }) => ({ module: (await registry.load(entry)).exports }),
    mapStack: createStackMapper({ root, original: null, runtimeFile: options.runtimeFile, showsCode: true }),
    changed: (message) => registry.changed(message),
  };
}
