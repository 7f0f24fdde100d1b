/**
 * The cached functions of a worker, and how one is named where it is itself part of a value.
 */

/** Any function. */
export type AnyFunction = (...args: never[]) => unknown;

/** What a function is among the cached ones. */
export interface CachedFunction {
  /** Its place in the build. */
  readonly id: string;
  /** The text of what it captures; null where it captures nothing. */
  readonly bound: Promise<string> | null;
}

const known = new WeakMap<AnyFunction, CachedFunction>();
/** Functions that capture nothing, by place: what was written in one worker is read in another one. */
const unbound = new Map<string, AnyFunction>();
/** How to make those that capture something. */
const makers = new Map<string, (bound: Promise<string>) => AnyFunction>();
/** Functions that were read from a value: only those may be passed on as arguments. */
const read = new WeakSet<AnyFunction>();

/** Notes a function. */
export function noteFunction(run: AnyFunction, id: string, bound: Promise<string> | null): void {
  known.set(run, { id, bound });
  if (bound === null) {
    unbound.set(id, run);
  }
}

/** Notes how a function is made again that captures something. */
export function noteMaker(id: string, make: (bound: Promise<string>) => AnyFunction): void {
  makers.set(id, make);
}

/** What is known of a function; undefined where it is not cached. */
export function cachedFunction(run: AnyFunction): CachedFunction | undefined {
  return known.get(run);
}

/** The function that a value names; null where this worker has not met it yet. */
export function namedFunction(id: string, bound: string | null): AnyFunction | null {
  const made = bound === null ? unbound.get(id) : makers.get(id)?.(Promise.resolve(bound));
  if (made === undefined) {
    return null;
  }
  read.add(made);
  return made;
}

/** Whether a function came out of a value. */
export function wasRead(run: AnyFunction): boolean {
  return read.has(run);
}
