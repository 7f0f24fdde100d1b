/**
 * Compares ours with the platform's: the same steps on both sides, and what can be observed of each.
 */
import assert from 'node:assert/strict';

/** What a step gave: a value, or the error that it threw. */
export type Outcome = { readonly value: unknown } | { readonly thrown: string };

/** Runs a step. */
export function outcomeOf(step: () => unknown): Outcome {
  try {
    return { value: step() };
  } catch (error) {
    return { thrown: errorText(error) };
  }
}

/** Runs a step that may be asynchronous. */
export async function settledOutcomeOf(step: () => unknown): Promise<Outcome> {
  try {
    return { value: await step() };
  } catch (error) {
    return { thrown: errorText(error) };
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Claims that a step gives the same on both sides. */
export function assertSame(what: string, ours: () => unknown, theirs: () => unknown): void {
  assert.deepEqual(outcomeOf(ours), outcomeOf(theirs), what);
}

/** Claims that an asynchronous step gives the same on both sides. */
export async function assertSameSettled(what: string, ours: () => unknown, theirs: () => unknown): Promise<void> {
  assert.deepEqual(await settledOutcomeOf(ours), await settledOutcomeOf(theirs), what);
}

/** Numbers that look random and are the same in each run (mulberry32). */
export class Seeded {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
}
