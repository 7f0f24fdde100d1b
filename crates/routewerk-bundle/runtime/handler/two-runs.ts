/**
 * How a generation is made with `cacheComponents`: the handler runs twice.
 *
 * The first run lets everything that is cached be found or made. In the second one all of that is at hand, so that a handler that uses
 * nothing else is done within one turn of the event loop; one that is not has waited for something that belongs to a request. The
 * turns are those of Next.js.
 */
import type { CacheWork, TrialMemory } from '../cache/work.ts';

/** How a run ended: with a value, with what was thrown, or not in time. */
export type RunEnd = { readonly value: unknown } | { readonly thrown: unknown } | null;

/** What the runs share. `dynamic` resolves when one of them has used something dynamic. */
export class SharedMemory implements TrialMemory {
  readonly values = new Map<string, unknown>();
  readonly failures = new Map<string, unknown>();
  reads = 0;
  isDynamic = false;
  readonly dynamic: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor() {
    this.dynamic = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  onDynamic(): void {
    this.isDynamic = true;
    this.#resolve();
  }
}

/** The first run: its result means nothing, and it is over when no look-up is under way any more. */
export async function tryOut(run: () => unknown, memory: SharedMemory): Promise<void> {
  try {
    const result = run();
    if (typeof result === 'object' && result !== null && 'then' in result) {
      (result as PromiseLike<unknown>).then(nothing, nothing);
    }
  } catch {
    // The second run fails as well, and tells.
  }
  await Promise.race([memory.dynamic, noReads(memory)]);
}

function nothing(): void {}

/** Resolves when there has been no look-up for two turns, or something dynamic was used, after which one may never end. */
async function noReads(memory: SharedMemory): Promise<void> {
  for (let quiet = 0; quiet < 2 && !memory.isDynamic; quiet = memory.reads === 0 ? quiet + 1 : 0) {
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** The second run: null where it has not ended in its turn. */
export function runInOneTurn(run: () => unknown): Promise<RunEnd> {
  return new Promise((resolve) => {
    setImmediate(() => {
      void Promise.resolve()
        .then(run)
        .then(
          (value) => resolve({ value }),
          (thrown: unknown) => resolve({ thrown }),
        );
    });
    setImmediate(() => resolve(null));
  });
}

/** What is left to do after the second run: null where it is not done by the next turn. */
export function finishInOneTurn<T>(finish: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    finish.then(resolve, reject);
    setImmediate(() => resolve(null));
  });
}

/** What a generation is told that has waited for something else than its caches. */
export function waited(work: CacheWork): void {
  work.noteDynamic(work.hangsOn ?? 'IO that was not cached');
}
