/**
 * Gives external packages, which Node.js loads by itself, the modules that this runtime serves: `next/server` and its like,
 * whether or not `next` is installed beside them, so that there is one instance of everything. `server-only` and
 * `client-only` are empty, because whoever imports an external package is on the server.
 *
 * `require` is answered in `Module._load`, which costs one comparison per call. For `import` Node.js has synchronous
 * hooks from 22.15 on; an older one runs hooks on a thread of its own, which takes tens of milliseconds to start, so
 * they are installed only when somebody says that they are needed. Bun has neither; its plugins answer both.
 */

import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

/** The modules that the runtime serves, by specifier. */
export type ServedModules = Readonly<Record<string, object>>;

/** Modules that live in the development registry although Node.js loads who requires them. */
export interface LocalModules {
  /** The module that the file `parent` gets for `path`; null where Node.js is to load it. */
  requireFrom(parent: string, path: string): { readonly value: unknown } | null;
}

/** What these hooks use of `node:module` and its types do not have. */
interface ModuleInternals {
  _load(request: string, parent: ParentModule | null | undefined, isMain: boolean): unknown;
  _resolveFilename(request: string, parent: ParentModule | null | undefined, ...rest: unknown[]): string;
  registerHooks?: (hooks: SyncHooks) => void;
}

interface ParentModule {
  readonly filename?: string | null;
}

interface Resolved {
  readonly url: string;
  readonly format?: string;
  readonly shortCircuit?: boolean;
}

interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: boolean;
}

interface SyncHooks {
  resolve(specifier: string, context: unknown, next: (specifier: string, context: unknown) => Resolved): Resolved;
  load(url: string, context: unknown, next: (url: string, context: unknown) => Loaded): Loaded;
}

/** The scheme of the URLs that served modules have in Node's loader. */
const SCHEME = 'routewerk:';
/** Deno 2.9 with a load hook takes a native addon for the text of a CommonJS module. */
const IS_DENO = process.versions['deno'] !== undefined;
/** Packages that say where code may run, and hold nothing. */
const MARKERS: readonly string[] = ['server-only', 'client-only'];
const EMPTY = {};

const internals = (nodeModule.Module ?? nodeModule) as unknown as ModuleInternals;

/** Answers `require` of served modules, everywhere in this process. */
export function installRequireHook(served: ServedModules, local: LocalModules | null): void {
  if (installBunPlugin(served)) return;
  const load = internals._load;
  const resolveFilename = internals._resolveFilename;
  internals._resolveFilename = function (request, parent, ...rest) {
    const key = servedKey(served, request);
    return key === null ? resolveFilename.call(this, request, parent, ...rest) : SCHEME + key;
  };
  internals._load = function (request, parent, isMain) {
    const key = servedKey(served, request);
    if (key !== null) return served[key] ?? EMPTY;
    const from = parent?.filename;
    if (local !== null && typeof from === 'string' && !nodeModule.isBuiltin(request)) {
      const found = local.requireFrom(from, resolveFilename.call(this, request, parent, isMain));
      if (found !== null) return found.value;
    }
    return load.call(this, request, parent, isMain);
  };
}

/** Whether this Node.js has hooks that cost nothing to install. */
export function hasSyncHooks(): boolean {
  return typeof internals.registerHooks === 'function';
}

/** Answers `import` of served modules, everywhere in this process. Doing it twice does no harm. */
export function installImportHook(served: ServedModules): void {
  if (isImportHookInstalled) return;
  isImportHookInstalled = true;
  if (installBunPlugin(served)) return;
  const { registerHooks } = internals;
  if (registerHooks !== undefined) {
    registerHooks(syncHooks(served));
    return;
  }
  const register = nodeModule.register as typeof nodeModule.register | undefined;
  if (register === undefined) return;
  const sources = Object.keys(served).map((key) => [key, moduleSource(key, served)] as const);
  const table = new Map([...sources, ...MARKERS.map((marker) => [marker, ''] as const)]);
  const code = `${threadHooks.toString()}\nexport const { resolve, load } = threadHooks(${JSON.stringify([...table])}, ${JSON.stringify(SCHEME)});`;
  register(`data:text/javascript,${encodeURIComponent(code)}`);
}

let isImportHookInstalled = false;

/** What these hooks use of Bun. */
interface BunGlobal {
  plugin(options: { name: string; setup(build: BunBuild): void }): void;
}

interface BunBuild {
  module(specifier: string, load: () => { exports: object; loader: 'object' }): void;
}

let isBunPluginInstalled = false;

/** Answers `require` and `import` of served modules in Bun. False: this is not Bun. */
function installBunPlugin(served: ServedModules): boolean {
  const { Bun } = globalThis as { Bun?: BunGlobal };
  if (Bun === undefined) return false;
  if (isBunPluginInstalled) return true;
  isBunPluginInstalled = true;
  Bun.plugin({
    name: 'routewerk',
    setup: (build) => {
      for (const marker of MARKERS) build.module(marker, () => ({ exports: {}, loader: 'object' }));
      for (const [key, module] of Object.entries(served)) {
        const exports = { default: module, ...module };
        for (const name of [key, `${key}.js`]) build.module(name, () => ({ exports, loader: 'object' }));
      }
    },
  });
  return true;
}

/** A CommonJS module that loads the native addon at `url`. */
function addonLoader(url: string): Loaded {
  const source = `process.dlopen(module, ${JSON.stringify(fileURLToPath(url))});`;
  return { format: 'commonjs', source, shortCircuit: true };
}

function syncHooks(served: ServedModules): SyncHooks {
  return {
    resolve(specifier, context, next) {
      const key = servedKey(served, specifier);
      return key === null ? next(specifier, context) : { url: SCHEME + key, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      if (IS_DENO && url.endsWith('.node')) return addonLoader(url);
      if (!url.startsWith(SCHEME)) return next(url, context);
      const source = moduleSource(url.slice(SCHEME.length), served);
      return { format: 'module', source, shortCircuit: true };
    },
  };
}

/** The hooks for a thread of their own. Its text is sent there, so it uses nothing but its parameters. */
function threadHooks(table: readonly (readonly [string, string])[], scheme: string): object {
  const sources = new Map(table);
  type Next<T> = (what: string, context: unknown) => Promise<T>;
  return {
    async resolve(specifier: string, context: unknown, next: Next<Resolved>): Promise<Resolved> {
      const key = specifier.endsWith('.js') ? specifier.slice(0, -3) : specifier;
      if (!sources.has(key)) return next(specifier, context);
      return { url: scheme + key, format: 'module', shortCircuit: true };
    },
    async load(url: string, context: unknown, next: Next<Loaded>): Promise<Loaded> {
      const source = url.startsWith(scheme) ? sources.get(url.slice(scheme.length)) : undefined;
      return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
    },
  };
}

/** The key under which a specifier is served, or null. */
function servedKey(served: ServedModules, specifier: string): string | null {
  // `next/…`, `server-only`, `client-only`, `routewerk:…` (what `require.resolve` gives): everything else ends here.
  const first = specifier.charCodeAt(0);
  if (first !== 110 && first !== 115 && first !== 99 && first !== 114) return null;
  const name = specifier.startsWith(SCHEME) ? specifier.slice(SCHEME.length) : specifier;
  if (MARKERS.includes(name)) return name;
  if (!name.startsWith('next')) return null;
  const key = name.endsWith('.js') ? name.slice(0, -3) : name;
  return Object.hasOwn(served, key) ? key : null;
}

/** A module that has the names of a served module. */
function moduleSource(key: string, served: ServedModules): string {
  const module = served[key];
  if (module === undefined) return '';
  const object = `globalThis[Symbol.for('routewerk.runtime')].modules[${JSON.stringify(key)}]`;
  const names = Object.keys(module).filter((name) => name !== 'default');
  const exports = names.map((name) => `const _${name} = served.${name};\nexport { _${name} as ${name} };\n`);
  return `const served = ${object};\nexport default served.default ?? served;\n${exports.join('')}`;
}
