/**
 * Reads what `write-arguments.ts` and `write-result.ts` have written.
 *
 * Every call makes a value of its own: what one caller does to it is not seen by the next.
 */
import { namedFunction } from './cached-functions.ts';
import { opaque } from './opaque.ts';
import { returnedError, shownError } from '../use-cache/shown-error.ts';
import type { ErrorFacts } from '../use-cache/shown-error.ts';
import { readBytes, specialValue, UNDEFINED } from './value-parts.ts';
import type { Part } from './value-parts.ts';
import type { WrittenArguments } from './write-arguments.ts';

/** Arguments as the function gets them. */
export interface ReadArguments {
  readonly args: unknown[];
  /** The numbers of the objects among them, by which their caller's are found. */
  readonly numbers: ReadonlyMap<unknown, number>;
}

/** A value names a function that this worker has not met yet. */
export class UnknownFunction extends Error {}

/** Reads arguments. */
export function readArguments({ text, given }: WrittenArguments): ReadArguments {
  const reader = new Reader(text, given, true);
  return { args: reader.root() as unknown[], numbers: reader.numbers };
}

/** Reads a result. `given` is what its caller has passed. Throws `UnknownFunction`. */
export function readResult(text: string, given: ReadonlyMap<number, unknown>): unknown {
  return new Reader(text, given, false).root();
}

class Reader {
  readonly numbers = new Map<unknown, number>();
  readonly #root: number;
  readonly #parts: readonly Part[];
  readonly #given: ReadonlyMap<number, unknown>;
  readonly #areArguments: boolean;
  readonly #made = new Map<number, unknown>();

  constructor(text: string, given: ReadonlyMap<number, unknown>, areArguments: boolean) {
    const [root, parts] = JSON.parse(text) as [number, Part[]];
    this.#root = root;
    this.#parts = parts;
    this.#given = given;
    this.#areArguments = areArguments;
  }

  root(): unknown {
    return this.#read(this.#root);
  }

  #read(number: number): unknown {
    if (number < 0) {
      return specialValue(number);
    }
    if (this.#made.has(number)) {
      return this.#made.get(number);
    }
    const part = this.#parts[number] as Part;
    return Array.isArray(part) ? this.#make(number, part as readonly [string, ...unknown[]]) : this.#keep(number, part);
  }

  #keep<T>(number: number, value: T): T {
    this.#made.set(number, value);
    return value;
  }

  /** An object of the arguments: returned, it is its caller's. */
  #note<T>(number: number, value: T): T {
    if (this.#areArguments && this.#given.has(number)) {
      this.numbers.set(value, number);
    }
    return this.#keep(number, value);
  }

  #make(number: number, part: readonly [string, ...unknown[]]): unknown {
    const [mark, first, second, third] = part;
    switch (mark) {
      case 'bigint':
        return this.#keep(number, BigInt(first as string));
      case 'symbol':
        return this.#keep(number, Symbol.for(first as string));
      case 'date':
        return this.#keep(number, new Date(first as string));
      case 'array':
        return this.#array(this.#note(number, []), first as number[]);
      case 'map': {
        const map = this.#keep(number, new Map());
        (this.#list(first) as [unknown, unknown][]).forEach(([key, value]) => map.set(key, value));
        return map;
      }
      case 'set': {
        const set = this.#keep(number, new Set());
        this.#list(first).forEach((value) => set.add(value));
        return set;
      }
      case 'iterator':
        return this.#keep(number, this.#list(first)[Symbol.iterator]());
      case 'object':
        return this.#object(this.#note(number, {}), first as [string, number][]);
      case 'bytes':
        return this.#keep(number, readBytes(first as string, second as string));
      case 'form': {
        const form = this.#keep(number, new FormData());
        (first as [string, number][]).forEach(([name, value]) => form.append(name, this.#read(value) as string));
        return form;
      }
      case 'blob':
        return this.#keep(number, new Blob([this.#read(second as number) as ArrayBuffer], { type: first as string }));
      case 'file':
        return this.#keep(number, new File([this.#read(third as number) as ArrayBuffer], first as string, { type: second as string }));
      case 'error':
        return this.#keep(number, returnedError(first as string, second as string, third as string));
      case 'function':
        return this.#keep(number, this.#function(first as string, second as string | null));
      case 'argument':
        return this.#keep(number, this.#given.get(first as number));
      case 'opaque':
        return this.#note(number, opaque());
      default:
        return this.#later(number, part);
    }
  }

  /** What comes later, or in pieces. */
  #later(number: number, part: readonly [string, ...unknown[]]): unknown {
    const [mark, first, second, third] = part;
    const failure = mark.startsWith('broken-') ? shownError(part.at(-1) as ErrorFacts) : null;
    switch (mark) {
      case 'promise':
        return this.#keep(number, Promise.resolve(this.#read(first as number)));
      case 'rejected': {
        const rejected = Promise.reject<never>(shownError(first as ErrorFacts));
        // Nobody may ever look at it.
        rejected.catch(() => undefined);
        return this.#keep(number, rejected);
      }
      case 'thrown':
        throw shownError(first as ErrorFacts);
      case 'stream':
      case 'broken-stream':
        return this.#keep(number, streamOf(this.#all(first), false, failure));
      case 'byte-stream':
      case 'broken-byte-stream':
        return this.#keep(number, streamOf(this.#all(first), true, failure));
      case 'async-iterable':
      case 'broken-async-iterable':
        return this.#keep(number, asyncIterable(this.#all(first), this.#read(second as number), third as boolean, failure));
      default:
        throw new Error(`a value of \`"use cache"\` has an unknown part \`${mark}\``);
    }
  }

  #all(numbers: unknown): unknown[] {
    return (numbers as number[]).map((number) => this.#read(number));
  }

  /** A list that is written in its place or as a part of its own. */
  #list(list: unknown): unknown[] {
    return Array.isArray(list) ? this.#array([], list[1] as number[]) : (this.#read(list as number) as unknown[]);
  }

  #array(array: unknown[], entries: readonly number[]): unknown[] {
    entries.forEach((entry) => array.push(this.#read(entry)));
    return array;
  }

  #object(object: object, entries: readonly (readonly [string, number])[]): object {
    for (const [key, entry] of entries) {
      // What is `undefined` is left out, and `__proto__` is not passed on (Next.js).
      if (entry !== UNDEFINED && key !== '__proto__') {
        (object as Record<string, unknown>)[key] = this.#read(entry);
      }
    }
    return object;
  }

  #function(id: string, bound: string | null): unknown {
    const named = namedFunction(id, bound);
    if (named === null) {
      throw new UnknownFunction(`the cached function ${id} is not loaded`);
    }
    return named;
  }
}

function streamOf(chunks: readonly unknown[], isBytes: boolean, failure: Error | null): ReadableStream {
  const end = (controller: ReadableStreamDefaultController | ReadableByteStreamController): void =>
    failure === null ? controller.close() : controller.error(failure);
  if (!isBytes) {
    return new ReadableStream({
      start(controller): void {
        chunks.forEach((chunk) => controller.enqueue(chunk));
        end(controller);
      },
    });
  }
  return new ReadableStream({
    type: 'bytes',
    start(controller): void {
      (chunks as Uint8Array<ArrayBuffer>[]).filter((chunk) => chunk.byteLength !== 0).forEach((chunk) => controller.enqueue(chunk));
      end(controller);
    },
  });
}

function asyncIterable(values: readonly unknown[], last: unknown, isItself: boolean, failure: Error | null): AsyncIterable<unknown> {
  const begin = (): AsyncIterator<unknown> => {
    let index = 0;
    return {
      async next(): Promise<IteratorResult<unknown>> {
        index += 1;
        if (index <= values.length) {
          return { done: false, value: values[index - 1] };
        }
        if (failure !== null) {
          throw failure;
        }
        return { done: true, value: last };
      },
    };
  };
  if (!isItself) {
    return { [Symbol.asyncIterator]: begin };
  }
  const iterator = begin() as AsyncIterator<unknown> & AsyncIterable<unknown>;
  iterator[Symbol.asyncIterator] = (): AsyncIterator<unknown> => iterator;
  return iterator;
}
