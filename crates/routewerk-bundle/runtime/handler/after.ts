/**
 * Work that a handler left for after its reply: `after(callback)` and `after(promise)`.
 *
 * Callbacks run together once the reply has been handed to the client, or the client is gone; a failure of one is
 * logged and touches no other. All of it is counted, because a worker that drains waits for it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import { logValue } from './host.ts';

/** How much after-work of this worker is not done. */
let pending = 0;
let idleWaiters: Array<() => void> = [];

/** Counts work that a call has left behind. It must not reject. */
export function trackWork(work: Promise<unknown>): void {
  pending += 1;
  void work.finally(done);
}

/** Resolves as soon as no after-work is left. */
export function whenAfterWorkIsDone(): Promise<void> {
  return pending === 0 ? Promise.resolve() : new Promise((resolve) => idleWaiters.push(resolve));
}

function done(): void {
  pending -= 1;
  if (pending === 0) {
    const waiters = idleWaiters;
    idleWaiters = [];
    waiters.forEach((resolve) => resolve());
  }
}

/** The after-work of one call. */
export class AfterTasks {
  /** Called when a callback is over: what it has left to do counts as part of it. */
  #finish: () => Promise<void>;
  #callbacks: Array<() => void> = [];
  #isClosed = false;

  constructor(finish: () => Promise<void>) {
    this.#finish = finish;
  }

  /** Whether callbacks wait for the reply. */
  get hasCallbacks(): boolean {
    return this.#callbacks.length !== 0;
  }

  /** Takes a callback or a promise. Throws Next.js's error for anything else. */
  add(task: unknown): void {
    if (isThenable(task)) {
      pending += 1;
      task.then(done, (reason: unknown) => {
        logValue('error', 'A promise passed to `after()` rejected: ', reason);
        done();
      });
    } else if (typeof task === 'function') {
      this.#addCallback(task as () => unknown);
    } else {
      throw new Error('`after()`: Argument must be a promise or a function');
    }
  }

  /** The reply has been sent, or never will be: runs what waits. Later callbacks run in a turn of their own. */
  close(): void {
    this.#isClosed = true;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    callbacks.forEach((run) => run());
  }

  #addCallback(callback: () => unknown): void {
    pending += 1;
    // The scope in which `after` was called is the one in which the callback runs.
    const run = AsyncLocalStorage.bind(() => void runCallback(callback, this.#finish));
    if (this.#isClosed) {
      setImmediate(run);
    } else {
      this.#callbacks.push(run);
    }
  }
}

async function runCallback(callback: () => unknown, finish: () => Promise<void>): Promise<void> {
  try {
    await callback();
  } catch (failure) {
    logValue('error', 'An error occurred in a function passed to `after()`: ', failure);
  } finally {
    await finish();
    done();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
