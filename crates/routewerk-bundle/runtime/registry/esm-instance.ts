/**
 * One run of an ES module of the registry: its namespace, its place in the graph, and the two steps of its wrapper.
 * Links and evaluates as ECMA-262 section 16.2.1.6 has it; a changed module gets a new instance, never an old one's state.
 */

import { createRequire, isBuiltin } from 'node:module';
import { dirname, isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Definition } from './definition.ts';
import { CyclicModule } from './evaluation.ts';
import type { Leaf } from './evaluation.ts';
import { HELPERS } from './babel-functions.ts';
import { addExport, createNamespace, requireView } from './namespace.ts';
import type { Namespace } from './namespace.ts';

/** Anything that a module can import: it has a namespace, and can be run. */
export type Dependency = (CyclicModule | Leaf) & {
  readonly namespace: Namespace;
  /** Adds names to the namespace that are known only after running. */
  completeNamespace(): void;
};

/** What the wrapper of a module calls `__rw`. */
export interface ModuleContext {
  /** Publishes the exports: name to getter. */
  export(getters: Readonly<Record<string, () => unknown>>): void;
  /** The namespace of the import with this index. */
  namespace(index: number): Namespace;
  /** `import()`. */
  import(specifier: unknown, options?: unknown): Promise<unknown>;
  /**
   * `import()` of a name that may lead nowhere: one that is made at run time, or one inside `try`. `beginnings` are the
   * folders that the first of these can name, or whole names.
   */
  find(specifier: unknown, beginnings?: readonly string[]): Promise<unknown>;
  /** The class in place of a `Worker` whose file is named by `new URL('./file', import.meta.url)`. */
  thread(callee: unknown): unknown;
  /** `import.meta`. */
  readonly meta: ImportMetaObject;
}

/** `import.meta` of a module. */
export interface ImportMetaObject {
  dirname: string;
  filename: string;
  url: string;
  resolve(specifier: string): string;
}

/** What an instance asks of the registry. */
export interface InstanceHost {
  importFrom(
    definition: Definition,
    specifier: unknown,
    mayBeMissing: boolean,
    beginnings?: readonly string[],
  ): Promise<unknown>;
  requireFor(definition: Definition): NodeJS.Require;
  threadClass(callee: unknown): unknown;
  instanceFailed(instance: EsmInstance): void;
}

/** One run of an ES module. */
export class EsmInstance extends CyclicModule {
  readonly definition: Definition;
  readonly namespace: Namespace = createNamespace();
  dependencies: readonly Dependency[] = [];
  readonly #host: InstanceHost;
  #getters: ReadonlyMap<string, () => unknown> = new Map();
  /** Some names of `export *` are known only when the modules that they come from have run. */
  #hasOpenStars = false;
  #body: Generator | AsyncGenerator | null = null;
  #requireView: unknown = undefined;

  constructor(definition: Definition, host: InstanceHost) {
    super();
    this.definition = definition;
    this.#host = host;
  }

  get isAsync(): boolean {
    return this.definition.kind === 'async';
  }

  /**
   * The wrapper's first step: exports and imports are bound, nothing of the module has run. The promise of a module with
   * top-level await resolves when its second step can begin at once.
   */
  start(): Promise<unknown> | null {
    const { definition } = this;
    const host = this.#host;
    const context: ModuleContext = {
      export: (getters) => {
        this.#getters = new Map(Object.entries(getters));
      },
      namespace: (index) => (this.dependencies[index] as Dependency).namespace,
      import: (specifier) => host.importFrom(definition, specifier, false),
      find: (specifier, beginnings) => host.importFrom(definition, specifier, true, beginnings),
      thread: (callee) => host.threadClass(callee),
      meta: createImportMeta(definition.path),
    };
    const { path } = definition;
    const factory = definition.factory();
    const parameters = [context, host.requireFor(definition), path, dirname(path), HELPERS];
    this.#body = factory.apply(undefined, parameters) as Generator | AsyncGenerator;
    const first = this.#body.next();
    return first instanceof Promise ? first : null;
  }

  /** Gives the namespace its names, sorted as the standard says. All modules of the graph must have been started. */
  bind(): void {
    const stars = this.#stars();
    this.#hasOpenStars = stars.some((star) => !(star instanceof EsmInstance) || star.#opensStars(new Set()));
    for (const name of [...this.#exportedNames(new Set())].sort()) {
      const own = this.#getters.get(name);
      if (own !== undefined) {
        addExport(this.namespace, name, own);
        continue;
      }
      const star = stars.find((candidate) => exportsName(candidate, name));
      if (star !== undefined) addExport(this.namespace, name, () => star.namespace[name]);
    }
    if (!this.#hasOpenStars) Object.preventExtensions(this.namespace);
  }

  completeNamespace(): void {
    if (!this.#hasOpenStars || !Object.isExtensible(this.namespace)) return;
    for (const star of this.#stars()) {
      star.completeNamespace();
      for (const name of Object.keys(star.namespace)) {
        if (name !== 'default') addExport(this.namespace, name, () => star.namespace[name]);
      }
    }
  }

  /** What `require()` of this module gives. */
  requireView(): unknown {
    if (this.status !== 'evaluated') return requireView(this.namespace);
    this.#requireView ??= requireView(this.namespace);
    return this.#requireView;
  }

  protected execute(): void {
    this.#complete();
    const body = this.#body as Generator;
    this.#body = null;
    body.next();
  }

  protected async executeAsync(): Promise<void> {
    this.#complete();
    const body = this.#body as AsyncGenerator;
    this.#body = null;
    await body.next();
  }

  protected failed(): void {
    this.#body = null;
    this.#host.instanceFailed(this);
  }

  /** Every import has run, but for those of a cycle: their names are final. */
  #complete(): void {
    for (const dependency of this.dependencies) dependency.completeNamespace();
    this.completeNamespace();
    Object.preventExtensions(this.namespace);
  }

  #stars(): Dependency[] {
    return this.definition.stars.map((index) => this.dependencies[index] as Dependency);
  }

  #opensStars(seen: Set<EsmInstance>): boolean {
    if (seen.has(this)) return false;
    seen.add(this);
    return this.#stars().some((star) => !(star instanceof EsmInstance) || star.#opensStars(seen));
  }

  /** https://tc39.es/ecma262/#sec-getexportednames, as far as it is known before anything has run. */
  #exportedNames(seen: Set<EsmInstance>): Set<string> {
    const names = new Set<string>();
    if (seen.has(this)) return names;
    seen.add(this);
    for (const name of this.#getters.keys()) names.add(name);
    for (const star of this.#stars()) {
      const more = star instanceof EsmInstance ? star.#exportedNames(seen) : Object.keys(star.namespace);
      for (const name of more) if (name !== 'default') names.add(name);
    }
    return names;
  }

  /** Whether a name is among the exports; for the search through `export *`. */
  exports(name: string): boolean {
    return this.#exportedNames(new Set()).has(name);
  }
}

function exportsName(dependency: Dependency, name: string): boolean {
  return dependency instanceof EsmInstance ? dependency.exports(name) : Object.hasOwn(dependency.namespace, name);
}

function createImportMeta(path: string): ImportMetaObject {
  const meta = Object.create(null) as ImportMetaObject;
  meta.dirname = dirname(path);
  meta.filename = path;
  meta.resolve = (specifier) => resolveUrl(path, specifier);
  meta.url = pathToFileURL(path).href;
  return meta;
}

/** What `import.meta.resolve` gives: a URL. */
function resolveUrl(path: string, specifier: string): string {
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (/^\.{0,2}\//.test(specifier) || URL.canParse(specifier)) return new URL(specifier, pathToFileURL(path)).href;
  const found = createRequire(path).resolve(specifier);
  return isAbsolute(found) ? pathToFileURL(found).href : found;
}
