/**
 * The modules of a project under `routewerk dev`, keyed by their real path.
 *
 * A *definition* is a module's text as the front sent it; an *instance* is one run of it. A save drops the definitions
 * that changed and the instances of everything that reaches them, and nothing else: all other modules keep their state,
 * and what runs on with an old instance (a stream, a timer) goes on with it until it ends. Nothing is evaluated before
 * somebody asks, and what nobody asks for again is garbage.
 *
 * The order of messages is kept by versions: an answer that is older than the last message about saves is thrown away
 * and asked for again, and a message about a save leaves alone what an answer has already brought in its new form.
 */

import { randomUUID } from 'node:crypto';
import { createRequire, isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';

import { REFUSED_PREFIX } from '../edge/refused.ts';
import { compileErrorOf } from './compile-error.ts';
import { Definition, keepNoOldCode } from './definition.ts';
import { EsmInstance } from './esm-instance.ts';
import type { Dependency } from './esm-instance.ts';
import { CommonJsInstance, ImportedModule, RefusedModule, RequiredModule } from './leaves.ts';
import type { Namespace } from './namespace.ts';
import { threadClass } from './threads.ts';
import type { Ask, ModulesChanged, ModulesQuery, ModulesReply, Target } from './wire.ts';

/** One run of a module. */
type Instance = EsmInstance | CommonJsInstance;

/** What is asked of the front, but for what every question has. */
type Question = Pick<ModulesQuery, 'entry' | 'specifier' | 'importer' | 'kind' | 'optional'>;

/** How often an answer may be overtaken by saves before that is an error. */
const MAX_ATTEMPTS = 20;

/** What the registry is made of. */
export interface RegistryOptions {
  readonly ask: Ask;
  /** The modules that the runtime serves, by specifier. Called when the first of them is imported. */
  readonly served: () => Readonly<Record<string, object>>;
  /** Called before the first external ES module is imported. */
  readonly beforeNativeImport?: () => void;
}

/** The modules of a project. */
export class Registry {
  readonly #ask: Ask;
  readonly #served: () => Readonly<Record<string, object>>;
  readonly #beforeNativeImport: () => void;
  readonly #name = randomUUID();
  readonly #definitions = new Map<string, Definition>();
  readonly #instances = new Map<string, Instance>();
  /** Mappings by path, for stacks. They outlive their definition: old code may still run. */
  readonly #mappings = new Map<string, string>();
  readonly #entries = new Map<string, string>();
  readonly #outside = new Map<string, Dependency>();
  readonly #requires = new WeakMap<Definition, NodeJS.Require>();
  /** Which modules an instance has got by `import()` and computed `require()`, by its id. */
  readonly #dynamicImports = new Map<string, Set<string>>();
  /** Files that Node.js has loaded for code of the registry. */
  readonly #adopted = new Set<string>();
  /** Modules with top-level await that were linked a moment ago. */
  readonly #starting: Promise<unknown>[] = [];
  /** The number of the last reply that was taken in. */
  #have = 0;
  /** The version of the last message about saves. */
  #told = 0;
  #lastQuestion: Promise<unknown> = Promise.resolve();
  /** How many `require`s of ES modules are being answered. */
  #syncDepth = 0;

  constructor(options: RegistryOptions) {
    keepNoOldCode();
    this.#ask = options.ask;
    this.#served = options.served;
    this.#beforeNativeImport = options.beforeNativeImport ?? (() => undefined);
  }

  /** The exports of an entry, if it is evaluated and nothing that it reaches was saved since. */
  loaded(entry: string): Namespace | null {
    const id = this.#entries.get(entry);
    const instance = id === undefined ? undefined : this.#instances.get(id);
    return instance !== undefined && isEvaluated(instance) ? exportsOf(instance) : null;
  }

  /**
   * Loads and evaluates an entry, an absolute path.
   *
   * Rejects with a `ModuleCompileError`, or with what a module has thrown. Neither is remembered. The exports are in a box,
   * because a promise would take exports with a function named `then` for another promise.
   */
  async load(entry: string): Promise<{ readonly exports: Namespace }> {
    return { exports: exportsOf(await this.#run({ entry }, this.#entries.get(entry))) };
  }

  /** Takes in that files were saved. */
  changed(message: ModulesChanged): void {
    this.#told = Math.max(this.#told, message.version);
    const gone = new Set([...message.changed, ...message.removed]);
    for (const id of gone) {
      const definition = this.#definitions.get(id);
      if (definition !== undefined && definition.version < message.version) this.#definitions.delete(id);
    }
    for (const [entry, id] of this.#entries) if (message.removed.includes(id)) this.#entries.delete(entry);
    for (const id of this.#importersOf(gone)) {
      this.#instances.delete(id);
      this.#dynamicImports.delete(id);
    }
    for (const definition of this.#definitions.values()) definition.dynamic.clear();
  }

  /** The source map's mappings of a file's current text; empty where the text has the file's own lines. */
  mappingsOf(path: string): string | undefined {
    return this.#mappings.get(path);
  }

  /**
   * The module that a file gets which Node.js has loaded for code of the registry, by a `require` whose specifier was made at
   * run time: what is in the registry is not loaded a second time beside it.
   */
  requireFrom(parent: string, path: string): { readonly value: unknown } | null {
    if (!this.#adopted.has(parent)) return null;
    if (this.#definitions.has(path)) return { value: this.#requireModule(path) };
    this.#adopted.add(path);
    return null;
  }

  /** How many modules there are, and how many of them run. */
  get size(): { readonly definitions: number; readonly instances: number } {
    return { definitions: this.#definitions.size, instances: this.#instances.size };
  }

  /** The evaluated instance of what was asked for. */
  async #run(question: Question, knownId: string | undefined): Promise<Instance> {
    let id = knownId;
    for (let attempt = 1; ; attempt += 1) {
      if (id === undefined || !this.#isComplete(id)) id = moduleId(await this.#question(question), question);
      if (question.entry !== undefined) this.#entries.set(question.entry, id);
      // An answer that came before this one was looked at may have been about a later save.
      if (!this.#isComplete(id) && attempt < MAX_ATTEMPTS) continue;
      const instance = this.#link(id);
      if (this.#starting.length > 0) {
        await Promise.all(this.#starting.splice(0));
        if (this.#instances.get(id) !== instance && attempt < MAX_ATTEMPTS) continue;
      }
      const pending = this.#evaluate(instance);
      if (pending !== null) await pending;
      if (this.#instances.get(id) === instance || attempt >= MAX_ATTEMPTS) return instance;
    }
  }

  /** Whether everything that a module reaches statically is here. */
  #isComplete(id: string): boolean {
    const current = this.#instances.get(id);
    if (current !== undefined && isEvaluated(current)) return true;
    const seen = new Set([id]);
    for (const reached of seen) {
      const definition = this.#definitions.get(reached);
      if (definition === undefined) return false;
      for (const neighbour of definition.neighbours()) seen.add(neighbour);
    }
    return true;
  }

  /** Asks the front. One question at a time, so that the front knows exactly what is here. */
  #question(question: Question): Promise<Target> {
    const answer = this.#lastQuestion.then(() => this.#questionNow(question));
    this.#lastQuestion = answer.catch(() => undefined);
    return answer;
  }

  async #questionNow(question: Question): Promise<Target> {
    for (let attempt = 1; ; attempt += 1) {
      const query: ModulesQuery = { registry: this.#name, have: this.#have, ...question };
      let reply: ModulesReply;
      try {
        reply = (await this.#ask('modules.load', query)) as ModulesReply;
      } catch (error) {
        throw compileErrorOf(error);
      }
      if (reply.version < this.#told) {
        if (attempt < MAX_ATTEMPTS) continue;
        throw new Error('files are saved faster than they can be loaded');
      }
      this.#have = reply.number;
      for (const text of reply.modules) {
        const definition = new Definition(text, reply.version);
        this.#definitions.set(text.id, definition);
        this.#mappings.set(definition.path, text.mappings ?? '');
      }
      if (reply.more) attempt = 0;
      else return reply.target;
    }
  }

  /** The instance of a module, linked with everything that it imports. All definitions must be here. */
  #link(id: string): Instance {
    const known = this.#instances.get(id);
    if (known !== undefined) return known;
    const fresh: EsmInstance[] = [];
    try {
      const instance = this.#instantiate(id, fresh);
      for (const module of fresh) {
        const starting = module.start();
        if (starting !== null) this.#starting.push(starting);
      }
      for (const module of fresh) module.bind();
      return instance;
    } catch (error) {
      for (const module of fresh) this.#instances.delete(module.definition.id);
      throw error;
    }
  }

  #instantiate(id: string, fresh: EsmInstance[]): Instance {
    const known = this.#instances.get(id);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(id);
    if (definition === undefined) throw notThere(id);
    if (definition.kind === 'cjs' || definition.kind === 'json') {
      const instance = new CommonJsInstance(definition, this.#host);
      this.#instances.set(id, instance);
      return instance;
    }
    const instance = new EsmInstance(definition, this.#host);
    this.#instances.set(id, instance);
    fresh.push(instance);
    instance.dependencies = definition.imports.map((target) =>
      'id' in target ? this.#instantiate(target.id, fresh) : this.#outsideModule(target),
    );
    return instance;
  }

  #evaluate(instance: Instance): Promise<void> | null {
    if (instance instanceof EsmInstance) return instance.evaluate();
    instance.evaluate();
    return null;
  }

  /** A module that the registry does not hold. There is one object for each, whoever imports it. */
  #outsideModule(target: Exclude<Target, { readonly id: string }>): Dependency {
    if ('missing' in target) throw notFound(target.missing);
    const key = 'external' in target ? target.external : 'runtime' in target ? target.runtime : '';
    const known = this.#outside.get(key);
    if (known !== undefined) return known;
    const module = this.#createOutside(target, key);
    this.#outside.set(key, module);
    return module;
  }

  #createOutside(target: Exclude<Target, { readonly id: string }>, key: string): Dependency {
    if ('runtime' in target && target.runtime.startsWith(REFUSED_PREFIX)) return new RefusedModule(target.runtime);
    if ('runtime' in target) return new RequiredModule(() => this.#servedModule(target.runtime));
    if (!('external' in target)) return new RequiredModule(() => ({}));
    const { external, format } = target;
    switch (format) {
      case 'builtin':
        return new RequiredModule(() => createRequire('/')(external) as unknown);
      case 'commonjs':
        return new RequiredModule(() => createRequire(external)(external) as unknown);
      case 'module': {
        this.#beforeNativeImport();
        const forget = (): void => void this.#outside.delete(key);
        return new ImportedModule(external, () => this.#syncDepth > 0, forget);
      }
    }
  }

  #servedModule(specifier: string): object {
    const module = this.#served()[specifier];
    if (module === undefined) throw notFound(`Cannot find module '${specifier}'`);
    return module;
  }

  /** `import()` in a module. */
  async #importFrom(
    importer: Definition,
    specifier: unknown,
    mayBeMissing: boolean,
    beginnings?: readonly string[],
  ): Promise<unknown> {
    const text = String(specifier);
    if (leadsAway(text, beginnings)) throw notFound(`Cannot find module '${text}'`);
    const wanted = text.startsWith('file:') ? fileURLToPath(text) : text;
    const question: Question = { specifier: wanted, importer: importer.id, kind: 'import', optional: mayBeMissing };
    const target = importer.dynamic.get(wanted) ?? (await this.#question(question));
    // What is missing may be there the next time, and nothing else would have to change for that.
    if (!('missing' in target)) importer.dynamic.set(wanted, target);
    if ('id' in target) {
      this.#noteDynamic(importer, target.id);
      return (await this.#run(question, target.id)).namespace;
    }
    const module = this.#outsideModule(target);
    await module.evaluate();
    module.completeNamespace();
    return module.namespace;
  }

  /** The `require` of a module. */
  #requireFor(definition: Definition): NodeJS.Require {
    const known = this.#requires.get(definition);
    if (known !== undefined) return known;
    let native: NodeJS.Require | null = null;
    const nativeRequire = (): NodeJS.Require => (native ??= createRequire(definition.path));
    // The compiler adds what a computed specifier can begin with.
    const require = ((specifier: string, beginnings?: readonly string[]) =>
      this.#require(definition, specifier, nativeRequire, beginnings)) as NodeJS.Require;
    const resolve = ((request: string, options?: NodeJS.RequireResolveOptions) =>
      nativeRequire().resolve(request, options)) as NodeJS.RequireResolve;
    resolve.paths = (request) => nativeRequire().resolve.paths(request);
    require.resolve = resolve;
    Object.defineProperty(require, 'cache', { enumerable: true, get: () => nativeRequire().cache });
    Object.defineProperty(require, 'extensions', { enumerable: true, get: () => ({}) });
    require.main = undefined;
    this.#requires.set(definition, require);
    return require;
  }

  #require(
    definition: Definition,
    specifier: string,
    native: () => NodeJS.Require,
    beginnings?: readonly string[],
  ): unknown {
    const target = definition.requires.get(specifier);
    if (target !== undefined) return this.#requireTarget(target);
    if (leadsAway(specifier, beginnings)) throw notFound(`Cannot find module '${specifier}'`);
    // A specifier that is made at run time: Node.js says where it leads.
    if (isBuiltin(specifier)) return native()(specifier) as unknown;
    if (Object.hasOwn(this.#served(), specifier)) return this.#servedModule(specifier);
    const path = resolveNative(native(), specifier);
    if (!this.#definitions.has(path)) {
      this.#adopted.add(path);
      return native()(path) as unknown;
    }
    this.#noteDynamic(definition, path);
    return this.#requireModule(path);
  }

  #noteDynamic(importer: Definition, id: string): void {
    const known = this.#dynamicImports.get(importer.id);
    if (known === undefined) this.#dynamicImports.set(importer.id, new Set([id]));
    else known.add(id);
  }

  #requireTarget(target: Target): unknown {
    if ('id' in target) return this.#requireModule(target.id);
    if ('missing' in target) throw notFound(target.missing);
    const module = this.#outsideModule(target);
    if (module instanceof RequiredModule) return module.exports;
    this.#withoutWaiting(() => module.evaluate(), target);
    return module.namespace;
  }

  #requireModule(id: string): unknown {
    const instance = this.#link(id);
    if (instance instanceof CommonJsInstance) {
      instance.evaluate();
      return instance.module.exports;
    }
    if (instance.status !== 'evaluating') this.#withoutWaiting(() => instance.evaluate(), { id });
    return instance.requireView();
  }

  /** Runs an ES module for a `require`, which cannot wait. */
  #withoutWaiting(evaluate: () => Promise<void> | null | void, target: Target): void {
    this.#syncDepth += 1;
    let pending: Promise<void> | null | void;
    try {
      pending = evaluate();
    } finally {
      this.#syncDepth -= 1;
    }
    if (!pending) return;
    // Whoever imports it gets the error, if there is one.
    pending.catch(() => undefined);
    const name = 'id' in target ? target.id : 'external' in target ? target.external : '';
    const error = new Error(`require() cannot be used on an ES module that waits (top-level await): ${name}`);
    throw Object.assign(error, { code: 'ERR_REQUIRE_ASYNC_MODULE' });
  }

  /** These modules and every instance that reaches one of them, by whatever way it has used so far. */
  #importersOf(ids: ReadonlySet<string>): Set<string> {
    const importers = new Map<string, string[]>();
    const add = (from: string, to: string): void => {
      const known = importers.get(to);
      if (known === undefined) importers.set(to, [from]);
      else known.push(from);
    };
    for (const [id, { definition }] of this.#instances) {
      for (const neighbour of definition.neighbours()) add(id, neighbour);
      for (const imported of this.#dynamicImports.get(id) ?? []) add(id, imported);
    }
    const reached = new Set(ids);
    for (const id of reached) for (const importer of importers.get(id) ?? []) reached.add(importer);
    return reached;
  }

  /** What instances ask for. */
  readonly #host = {
    importFrom: (
      definition: Definition,
      specifier: unknown,
      mayBeMissing: boolean,
      beginnings?: readonly string[],
    ): Promise<unknown> => this.#importFrom(definition, specifier, mayBeMissing, beginnings),
    requireFor: (definition: Definition): NodeJS.Require => this.#requireFor(definition),
    threadClass: (callee: unknown): unknown => threadClass(callee, this.#ask),
    commonJsFailed: (instance: CommonJsInstance): void => this.#forget(instance),
    instanceFailed: (instance: EsmInstance): void => {
      this.#forget(instance);
      // A module that was linked with this one and has not run would go on to import the failed instance.
      for (const other of this.#instances.values()) {
        if (other instanceof EsmInstance && other.status === 'linked') this.#forget(other);
      }
    },
  };

  #forget(instance: Instance): void {
    const { id } = instance.definition;
    if (this.#instances.get(id) === instance) this.#instances.delete(id);
  }
}

function isEvaluated(instance: Instance): boolean {
  return instance instanceof EsmInstance ? instance.status === 'evaluated' : instance.isEvaluated;
}

function exportsOf(instance: Instance): Namespace {
  if (instance instanceof EsmInstance) return instance.namespace;
  const { exports } = instance.module;
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  return isObject ? (exports as Namespace) : instance.namespace;
}

function moduleId(target: Target, question: Question): string {
  if ('id' in target) return target.id;
  throw new Error(`\`${question.entry ?? question.specifier ?? ''}\` is not a module of the project`);
}

function notFound(message: string): Error {
  return Object.assign(new Error(message), { code: 'MODULE_NOT_FOUND' });
}

/**
 * Whether a name that was put together leaves the folder that its beginning names, or goes where nothing is looked for. In a
 * build it is not in the table of the files that fit.
 */
function leadsAway(specifier: string, beginnings: readonly string[] | undefined): boolean {
  if (!Array.isArray(beginnings)) return false;
  const isInside = (beginning: string): boolean => {
    if (!specifier.startsWith(beginning)) return false;
    if (!beginning.endsWith('/')) return specifier === beginning;
    const names = specifier.slice(beginning.length).replace(/\/$/, '').split('/');
    return specifier === beginning || names.every((name) => !/^(|\..*|node_modules)$/.test(name));
  };
  return !beginnings.some(isInside);
}

/** Where Node.js finds a specifier. The error is that of a build where it finds nothing. */
function resolveNative(require: NodeJS.Require, specifier: string): string {
  try {
    return require.resolve(specifier);
  } catch (error) {
    const isMissing = (error as { readonly code?: unknown } | null)?.code === 'MODULE_NOT_FOUND';
    throw isMissing ? notFound(`Cannot find module '${specifier}'`) : error;
  }
}

function notThere(id: string): Error {
  return new Error(`\`${id}\` was saved while older code was running that needs it only now; that code cannot load it`);
}
