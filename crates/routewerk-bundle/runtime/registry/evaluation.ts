/**
 * The order in which a graph of ES modules runs: ECMAScript's algorithm for cyclic module records
 * (https://tc39.es/ecma262/#sec-innermoduleevaluation), with its names. Dependencies run first, in source order; a cycle is left
 * where it was entered; modules with top-level await run as early as their own dependencies allow, siblings in parallel,
 * and everything that does not wait stays synchronous.
 *
 * What differs: a module that failed is not remembered as such (its owner drops it, and the next use runs a new
 * instance), and an evaluation may be entered again from within itself, because CommonJS modules take part.
 */

/** A module that runs at once when it is reached, and whose own imports are its own affair: CommonJS, built-ins. */
export interface Leaf {
  /** Runs it, unless it has run. */
  evaluate(): void;
}

/** How far the evaluation of a module is. `waiting` is the standard's evaluating-async. */
export type Status = 'linked' | 'evaluating' | 'waiting' | 'evaluated' | 'failed';

/** One evaluation: the modules that have been entered and not left. */
interface Run {
  readonly stack: CyclicModule[];
  index: number;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Counts modules in the order in which they began to wait. */
let lastOrder = 0;

/** A module whose dependencies run before it. */
export abstract class CyclicModule {
  status: Status = 'linked';
  error: unknown = undefined;
  #run: Run | null = null;
  #index = 0;
  #ancestor = 0;
  #order = 0;
  #pending = 0;
  /** Modules that wait for this one. */
  #parents: CyclicModule[] = [];
  /** The first module of its cycle that was entered. */
  #root: CyclicModule = this;
  #waiters: Waiter[] = [];

  /** What it imports, in source order. */
  abstract readonly dependencies: readonly (CyclicModule | Leaf)[];
  /** Whether running it takes longer than a call. Asked when its turn comes. */
  abstract get isAsync(): boolean;
  /** Runs it, all dependencies having run. Not called when `isAsync`. */
  protected abstract execute(): void;
  /** Runs it, all dependencies having run. Only called when `isAsync`. */
  protected abstract executeAsync(): Promise<void>;
  /** It failed: whoever holds it must let it go. */
  protected abstract failed(): void;

  /**
   * Runs the module and everything it needs. Null: it is done. A promise: it waits for something, or is being run by
   * somebody further up the stack. Throws what the module or one that it needs has thrown.
   */
  evaluate(): Promise<void> | null {
    switch (this.status) {
      case 'evaluated':
        return null;
      case 'failed':
        throw this.error;
      case 'waiting':
        return this.#root.#settled();
      case 'evaluating':
        return this.#settled();
      case 'linked': {
        const run: Run = { stack: [], index: 0 };
        try {
          this.#enter(run);
        } catch (error) {
          for (const module of run.stack) module.#fail(error);
          throw error;
        }
        return this.#isEvaluated() ? null : this.#root.#settled();
      }
    }
  }

  /** The status may be another one after a call; the type checker must not think otherwise. */
  #isEvaluated(): boolean {
    return this.status === 'evaluated';
  }

  #enter(run: Run): void {
    this.status = 'evaluating';
    this.#run = run;
    this.#index = this.#ancestor = run.index++;
    run.stack.push(this);
    for (const dependency of this.dependencies) {
      if (dependency instanceof CyclicModule) this.#await(dependency, run);
      else dependency.evaluate();
    }
    if (this.#pending > 0 || this.isAsync) {
      this.#order = ++lastOrder;
      if (this.#pending === 0) this.#start();
    } else {
      this.execute();
    }
    if (this.#ancestor === this.#index) this.#leave(run);
  }

  #await(dependency: CyclicModule, run: Run): void {
    if (dependency.status === 'linked') dependency.#enter(run);
    if (dependency.status === 'failed') throw dependency.error;
    if (dependency.status === 'evaluating') {
      // On another stack further down: that evaluation runs it after this one has returned.
      if (dependency.#run !== run) return;
      this.#ancestor = Math.min(this.#ancestor, dependency.#ancestor);
      // Of the same cycle, with its turn behind it, and waiting for something.
      if (dependency.#order > 0) this.#waitFor(dependency);
      return;
    }
    const root = dependency.#root;
    if (root.status === 'failed') throw root.error;
    if (root.status === 'waiting') this.#waitFor(root);
  }

  #waitFor(dependency: CyclicModule): void {
    this.#pending += 1;
    dependency.#parents.push(this);
  }

  /** All modules of the cycle that begins here have been walked. */
  #leave(run: Run): void {
    for (let module = run.stack.pop(); module !== undefined; module = run.stack.pop()) {
      module.#run = null;
      module.#root = this;
      if (module.status === 'evaluating') {
        module.status = module.#order === 0 ? 'evaluated' : 'waiting';
        if (module.status === 'evaluated') module.#settle();
      }
      if (module === this) return;
    }
  }

  #start(): void {
    this.executeAsync().then(
      () => this.#fulfilled(),
      (error: unknown) => this.#rejected(error),
    );
  }

  #fulfilled(): void {
    if (this.status === 'failed') return;
    const ready: CyclicModule[] = [];
    this.#gatherReady(ready);
    this.#done();
    ready.sort((left, right) => left.#order - right.#order);
    for (const module of ready) {
      if (module.status === 'failed') continue;
      if (module.isAsync) {
        module.#start();
        continue;
      }
      try {
        module.execute();
        module.#done();
      } catch (error) {
        module.#rejected(error);
      }
    }
  }

  #gatherReady(ready: CyclicModule[]): void {
    for (const parent of this.#parents) {
      if (parent.status === 'failed' || ready.includes(parent)) continue;
      parent.#pending -= 1;
      if (parent.#pending > 0) continue;
      ready.push(parent);
      if (!parent.isAsync) parent.#gatherReady(ready);
    }
  }

  #rejected(error: unknown): void {
    if (this.status === 'failed' || this.status === 'evaluated') return;
    this.#fail(error);
    for (const parent of this.#parents.splice(0)) parent.#rejected(error);
  }

  /** Only after its parents were gathered. */
  #done(): void {
    this.status = 'evaluated';
    this.#parents = [];
    this.#settle();
  }

  #settle(): void {
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  #fail(error: unknown): void {
    this.status = 'failed';
    this.error = error;
    this.#run = null;
    this.failed();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** Resolves when the module has run, rejects when it has failed. */
  #settled(): Promise<void> {
    if (this.status === 'evaluated') return Promise.resolve();
    if (this.status === 'failed') return Promise.reject(this.error);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }
}
