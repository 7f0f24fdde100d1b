/**
 * What a module can import besides ES modules of the registry: CommonJS and JSON modules of the registry, modules that Node.js
 * loads itself, and what the runtime serves.
 */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

import { REFUSED_PREFIX, refusedModule } from '../edge/refused.ts';
import type { Definition } from './definition.ts';
import { CyclicModule } from './evaluation.ts';
import type { Leaf } from './evaluation.ts';
import { HELPERS } from './babel-functions.ts';
import { addExport, addExportsOf, createNamespace } from './namespace.ts';
import type { Namespace } from './namespace.ts';

/** What a CommonJS module sees as `module`. */
export interface CommonJsModule {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
  readonly path: string;
  loaded: boolean;
  readonly children: never[];
  readonly paths: readonly string[];
  readonly require: NodeJS.Require;
}

/** What a CommonJS instance asks of the registry. */
export interface CommonJsHost {
  importFrom(
    definition: Definition,
    specifier: unknown,
    mayBeMissing: boolean,
    beginnings?: readonly string[],
  ): Promise<unknown>;
  requireFor(definition: Definition): NodeJS.Require;
  commonJsFailed(instance: CommonJsInstance): void;
}

/** One run of a CommonJS or JSON module. */
export class CommonJsInstance implements Leaf {
  readonly definition: Definition;
  readonly namespace: Namespace = createNamespace();
  readonly module: CommonJsModule;
  readonly #host: CommonJsHost;
  #isEntered = false;

  constructor(definition: Definition, host: CommonJsHost) {
    this.definition = definition;
    this.#host = host;
    const { path } = definition;
    const folder = dirname(path);
    let paths: readonly string[] | null = null;
    this.module = {
      exports: {},
      id: path,
      filename: path,
      path: folder,
      loaded: false,
      children: [],
      get paths() {
        paths ??= createRequire(path).resolve.paths('a-package') ?? [];
        return paths;
      },
      require: host.requireFor(definition),
    };
  }

  get isEvaluated(): boolean {
    return this.module.loaded;
  }

  evaluate(): void {
    // A cycle gets what is exported so far, as in Node.js.
    if (this.#isEntered) return;
    this.#isEntered = true;
    const { module, definition } = this;
    try {
      if (definition.kind === 'json') module.exports = definition.parseJson();
      else this.#run();
    } catch (error) {
      this.#host.commonJsFailed(this);
      throw error;
    }
    module.loaded = true;
    this.completeNamespace();
  }

  completeNamespace(): void {
    addExportsOf(this.namespace, () => this.module.exports);
  }

  #run(): void {
    const { module, definition } = this;
    const context = {
      import: (specifier: unknown) => this.#host.importFrom(definition, specifier, false),
      find: (specifier: unknown, beginnings?: readonly string[]) =>
        this.#host.importFrom(definition, specifier, true, beginnings),
    };
    const parameters = [module.exports, module.require, module, module.filename, module.path, context, HELPERS];
    definition.factory().apply(module.exports, parameters);
  }
}

/** A module that Node.js loads by `require`: a part of Node.js, or an external package. */
export class RequiredModule implements Leaf {
  readonly namespace: Namespace = createNamespace();
  readonly #load: () => unknown;
  #value: unknown = undefined;
  #isLoaded = false;

  constructor(load: () => unknown) {
    this.#load = load;
  }

  get exports(): unknown {
    this.evaluate();
    return this.#value;
  }

  evaluate(): void {
    if (this.#isLoaded) return;
    this.#value = this.#load();
    this.#isLoaded = true;
    this.completeNamespace();
  }

  completeNamespace(): void {
    if (this.#isLoaded) addExportsOf(this.namespace, () => this.#value);
  }
}

/** What stands for a module of Node.js that edge code cannot have: to take something from it is an error. */
export class RefusedModule extends RequiredModule {
  override readonly namespace: Namespace;

  constructor(specifier: string) {
    const module = refusedModule(specifier.slice(REFUSED_PREFIX.length));
    super(() => module);
    this.namespace = module as Namespace;
  }

  override completeNamespace(): void {}
}

/** An ES module that Node.js loads by `import()`: an external package. */
export class ImportedModule extends CyclicModule {
  readonly namespace: Namespace = createNamespace();
  readonly dependencies: readonly never[] = [];
  readonly #location: string;
  readonly #mustBeSync: () => boolean;
  readonly #forget: () => void;
  #native: Namespace | null = null;

  /** `location` is a path or a URL. `mustBeSync` says that somebody cannot wait; `forget` that it is not to be kept. */
  constructor(location: string, mustBeSync: () => boolean, forget: () => void) {
    super();
    this.#location = location;
    this.#mustBeSync = mustBeSync;
    this.#forget = forget;
  }

  get isAsync(): boolean {
    return this.#native === null && !this.#mustBeSync();
  }

  completeNamespace(): void {
    const native = this.#native;
    if (native === null) return;
    for (const name of Object.keys(native)) addExport(this.namespace, name, () => native[name]);
  }

  protected execute(): void {
    // Node.js 20.19 and 22.12 have `require` of ES modules; an older one throws and says why.
    this.#native ??= createRequire(this.#location)(this.#location) as Namespace;
    this.completeNamespace();
  }

  protected async executeAsync(): Promise<void> {
    const location = this.#location;
    const url = location.startsWith('data:') ? location : pathToFileURL(location).href;
    this.#native = (await import(url)) as Namespace;
    this.completeNamespace();
  }

  protected failed(): void {
    this.#forget();
  }
}
