/**
 * Writes the arguments of a `'use cache'` function. The text is a part of its key.
 *
 * What cannot be written, like a function or an instance of a class, is a mark without contents, as in Next.js: inside it can only be passed
 * on, and calls with other such values share a result. Every array and object of the arguments is remembered, because what the
 * function returns of them is what its caller has passed. Promises and streams are waited for, and take part in the key.
 */
import { cachedFunction, wasRead } from './cached-functions.ts';
import type { AnyFunction } from './cached-functions.ts';
import {
  afterToJson,
  allOf,
  asyncIteratorOf,
  isByteStream,
  isDateText,
  isElement,
  isPlain,
  isThenable,
  iteratorOf,
  specialNumber,
  writeBytes,
} from './value-parts.ts';
import type { Part } from './value-parts.ts';

const NO_FUNCTION =
  'Client Functions cannot be passed directly to Server Functions. Only Functions passed from the Server can be passed back again.';
const NO_SYMBOL = 'Symbols cannot be passed to a Server Function without a temporary reference set. Pass a TemporaryReferenceSet to the options.';
const NO_ELEMENT =
  'React Element cannot be passed to Server Functions from the Client without a temporary reference set. Pass a TemporaryReferenceSet to the options.';

/** Arguments as text. */
export interface WrittenArguments {
  readonly text: string;
  /** What the caller has passed, by the numbers of the parts. */
  readonly given: ReadonlyMap<number, unknown>;
}

/** Writes arguments. Rejects with what one of them rejects with, and where Next.js takes none of them. */
export async function writeArguments(args: readonly unknown[]): Promise<WrittenArguments> {
  const writer = new ArgumentWriter();
  const root = writer.addRoot(args);
  await writer.settled();
  return { text: JSON.stringify([root, writer.parts]), given: writer.given };
}

/** Where a value stands: in what, under which name, and whether what it stands in has a name itself. */
interface Spot {
  readonly key: string;
  readonly before: unknown;
  readonly isNamed: boolean;
}

class ArgumentWriter {
  readonly parts: Part[] = [];
  readonly given = new Map<number, unknown>();
  readonly #seen = new Map<object, number>();
  readonly #pending: Promise<void>[] = [];

  /** Waits for the promises and streams that were met, and for those in what they give. */
  async settled(): Promise<void> {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      await next;
    }
  }

  /** A value that nothing holds. */
  addRoot(value: unknown): number {
    return this.#add(afterToJson(value, ''), { key: '', before: value, isNamed: false }, true);
  }

  #addIn(holder: object, key: string, isNamed: boolean): number {
    const before = (holder as Record<string, unknown>)[key];
    return this.#add(afterToJson(before, key), { key, before, isNamed: isNamed && !key.includes(':') }, false);
  }

  #add(value: unknown, spot: Spot, isRoot: boolean): number {
    const special = specialNumber(value);
    if (special !== null) {
      return special;
    }
    if (typeof value !== 'object' || value === null) {
      return this.#push(this.#primitive(value, spot));
    }
    const earlier = this.#seen.get(value);
    if (earlier !== undefined) {
      return earlier;
    }
    const number = this.#push(null);
    const isNamed = isRoot || spot.isNamed;
    if (isNamed || isThenable(value)) {
      this.#seen.set(value, number);
    }
    this.parts[number] = this.#object(value, number, isNamed);
    return number;
  }

  #push(part: Part): number {
    return this.parts.push(part) - 1;
  }

  #primitive(value: unknown, spot: Spot): Part {
    switch (typeof value) {
      case 'string':
        return isDateText(value, spot.before) ? ['date', value] : value;
      case 'bigint':
        return ['bigint', String(value)];
      case 'symbol':
        return this.#opaque(value, spot, NO_SYMBOL);
      case 'function':
        return this.#function(value as AnyFunction, spot);
      default:
        return value as null | boolean | number;
    }
  }

  /** Something that the function can only pass on. */
  #opaque(value: unknown, spot: Spot, refusal: string): Part {
    if (!spot.isNamed) {
      throw new Error(refusal);
    }
    // The part comes next.
    this.given.set(this.parts.length, value);
    return ['opaque'];
  }

  #function(value: AnyFunction, spot: Spot): Part {
    const cached = wasRead(value) ? cachedFunction(value) : undefined;
    if (cached === undefined) {
      return this.#opaque(value, spot, NO_FUNCTION);
    }
    if (cached.bound === null) {
      return ['function', cached.id, null];
    }
    const number = this.parts.length;
    this.#pending.push(cached.bound.then((bound) => void (this.parts[number] = ['function', cached.id, bound])));
    return null;
  }

  #object(value: object, number: number, isNamed: boolean): Part {
    if (isElement(value)) {
      if (!isNamed) {
        throw new Error(NO_ELEMENT);
      }
      this.given.set(number, value);
      return ['opaque'];
    }
    if (isThenable(value)) {
      this.#pending.push(Promise.resolve(value).then((result) => void (this.parts[number] = ['promise', this.addRoot(result)])));
      return null;
    }
    if (Array.isArray(value)) {
      return this.#array(value, number, isNamed);
    }
    if (value instanceof FormData) {
      return ['form', [...value].map(([name, entry]) => [name, this.addRoot(entry)])];
    }
    if (value instanceof Map) {
      return ['map', this.addRoot([...value])];
    }
    if (value instanceof Set) {
      return ['set', this.addRoot([...value])];
    }
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return writeBytes(value);
    }
    if (value instanceof Blob) {
      this.#pending.push(this.#blob(value, number));
      return null;
    }
    const iterator = iteratorOf(value);
    if (iterator !== null) {
      // What an iterable gives has no name of its own, and so has nothing in it.
      return iterator === value ? ['iterator', this.addRoot(allOf(iterator))] : this.#array(allOf(iterator), number, false, isNamed ? value : undefined);
    }
    if (value instanceof ReadableStream) {
      this.#pending.push(isByteStream(value) ? this.#byteStream(value, number) : this.#stream(value, number));
      return null;
    }
    const asyncIterator = asyncIteratorOf(value);
    if (asyncIterator !== null) {
      this.#pending.push(this.#asyncIterable(asyncIterator, asyncIterator === value, number));
      return null;
    }
    if (isNamed) {
      this.given.set(number, value);
    }
    if (!isPlain(value)) {
      return ['opaque'];
    }
    return ['object', Object.keys(value).map((key) => [key, this.#addIn(value, key, isNamed)])];
  }

  #array(array: readonly unknown[], number: number, isNamed: boolean, given: unknown = isNamed ? array : undefined): Part {
    if (given !== undefined) {
      this.given.set(number, given);
    }
    return ['array', Array.from(array, (_, index) => this.#addIn(array, String(index), isNamed))];
  }

  /** All of it, however it came in pieces. */
  async #byteStream(stream: ReadableStream, number: number): Promise<void> {
    const bytes = Buffer.from(await new Response(stream).arrayBuffer());
    this.parts[number] = ['byte-stream', [this.#push(writeBytes(bytes))]];
  }

  async #stream(stream: ReadableStream, number: number): Promise<void> {
    const chunks: number[] = [];
    const reader = stream.getReader() as ReadableStreamDefaultReader<unknown>;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        this.parts[number] = ['stream', chunks];
        return;
      }
      chunks.push(this.#unnamed(value));
    }
  }

  async #asyncIterable(iterator: AsyncIterator<unknown>, isItself: boolean, number: number): Promise<void> {
    const values: number[] = [];
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) {
        this.parts[number] = ['async-iterable', values, this.#unnamed(value), isItself];
        return;
      }
      values.push(this.#unnamed(value));
    }
  }

  /** A value that comes later has no name, and what is in it has none. */
  #unnamed(value: unknown): number {
    return this.#add(afterToJson(value, ''), { key: '', before: value, isNamed: false }, false);
  }

  async #blob(blob: Blob, number: number): Promise<void> {
    const bytes = writeBytes(await blob.arrayBuffer());
    // In a form every blob is a file; when it was changed last is no part of what it is.
    this.parts[number] = ['file', blob instanceof File ? blob.name : 'blob', blob.type, this.#push(bytes)];
  }
}
