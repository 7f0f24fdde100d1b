/**
 * Values as text: what `'use cache'` functions take and return, in a form that keeps what JSON loses.
 *
 * A table of parts that name each other by number, so that what is shared stays shared and what is circular can be written. Map, Set,
 * Date, BigInt, typed arrays, buffers, forms, blobs, global symbols, `undefined`, `-0` and NaN survive; promises and streams
 * are waited for and come back as such. What Next.js cannot take is an error in its words, or in arguments
 * stands for itself: it may be passed on, and cannot be looked into.
 */

/** What is not written as a part of its own. */
const UNDEFINED = -1;
const NAN = -2;
const INFINITE = -3;
const MINUS_INFINITE = -4;
const MINUS_ZERO = -5;

type Part = null | boolean | number | string | readonly [mark: string, ...rest: unknown[]];

const BUFFERS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;

const NOT_PLAIN =
  'Only plain objects, and a few built-ins, can be passed to Client Components from Server Components. Classes or null ' +
  'prototypes are not supported.';
const NO_FUNCTION =
  'Functions cannot be passed directly to Client Components unless you explicitly expose it by marking it with "use server". ' +
  'Or maybe you meant to call this function rather than return it.';

/** Writes a value. With `isArgument` what cannot be written is written as something opaque. */
export async function flatten(value: unknown, isArgument: boolean): Promise<string> {
  const writer = new Writer(isArgument);
  const root = writer.add(value);
  await writer.settled();
  return JSON.stringify([root, writer.parts]);
}

class Writer {
  readonly parts: Part[] = [];
  readonly #isArgument: boolean;
  readonly #seen = new Map<unknown, number>();
  readonly #pending: Promise<void>[] = [];

  constructor(isArgument: boolean) {
    this.#isArgument = isArgument;
  }

  /** Waits for the promises and streams that were met, and for those in what they give. */
  async settled(): Promise<void> {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      await next;
    }
  }

  /** The number of a value's part. */
  add(value: unknown): number {
    if (value === undefined) {
      return UNDEFINED;
    }
    if (typeof value === 'number') {
      const special = specialNumber(value);
      if (special !== null) {
        return special;
      }
    }
    const known = this.#seen.get(value);
    if (known !== undefined) {
      return known;
    }
    const number = this.parts.push(null) - 1;
    this.#seen.set(value, number);
    this.parts[number] = this.#write(value, number);
    return number;
  }

  #write(value: unknown, number: number): Part {
    switch (typeof value) {
      case 'string':
      case 'boolean':
      case 'number':
        return value;
      case 'bigint':
        return ['bigint', String(value)];
      case 'symbol': {
        const name = Symbol.keyFor(value);
        return name === undefined ? this.#refuse(noSymbol(value)) : ['symbol', name];
      }
      case 'function':
        return this.#refuse(NO_FUNCTION);
      default:
        return value === null ? null : this.#writeObject(value as object, number);
    }
  }

  #writeObject(value: object, number: number): Part {
    if (Array.isArray(value)) {
      // Holes become `undefined`, as in Next.js.
      return ['array', Array.from(value, (entry: unknown) => this.add(entry))];
    }
    if (value instanceof Date) {
      return ['date', Number.isNaN(value.getTime()) ? null : value.getTime()];
    }
    if (value instanceof Map) {
      return ['map', [...value].map(([key, entry]) => [this.add(key), this.add(entry)])];
    }
    if (value instanceof Set) {
      return ['set', [...value].map((entry) => this.add(entry))];
    }
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return writeBytes(value);
    }
    if (value instanceof Promise) {
      this.#pending.push(value.then((result: unknown) => void (this.parts[number] = ['promise', this.add(result)])));
      return null;
    }
    if (value instanceof ReadableStream) {
      this.#pending.push(this.#writeStream(value, number));
      return null;
    }
    if (value instanceof FormData) {
      return ['form', [...value].map(([name, entry]) => [name, this.add(entry)])];
    }
    if (value instanceof Blob) {
      this.#pending.push(
        value.arrayBuffer().then((bytes) => {
          const name = value instanceof File ? [value.name, value.lastModified] : [];
          this.parts[number] = ['blob', value.type, this.add(bytes), ...name];
        }),
      );
      return null;
    }
    if (!isPlain(value)) {
      return this.#refuse(NOT_PLAIN);
    }
    // A property that is `undefined` is left out, as in Next.js.
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return ['object', entries.map(([key, entry]) => [key, this.add(entry)])];
  }

  async #writeStream(stream: ReadableStream, number: number): Promise<void> {
    const chunks: number[] = [];
    const reader = stream.getReader() as ReadableStreamDefaultReader<unknown>;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        this.parts[number] = ['stream', chunks];
        return;
      }
      chunks.push(this.add(value));
    }
  }

  #refuse(message: string): Part {
    if (this.#isArgument) {
      return ['opaque'];
    }
    throw new Error(message);
  }
}

/** Reads what was written. Every call makes a value of its own. */
export function unflatten(text: string): unknown {
  const [root, parts] = JSON.parse(text) as [number, Part[]];
  return new Reader(parts).read(root);
}

class Reader {
  readonly #parts: Part[];
  readonly #made = new Map<number, unknown>();

  constructor(parts: Part[]) {
    this.#parts = parts;
  }

  read(number: number): unknown {
    if (number < 0) {
      return SPECIAL.get(number);
    }
    if (this.#made.has(number)) {
      return this.#made.get(number);
    }
    const part = this.#parts[number] as Part;
    if (!Array.isArray(part)) {
      this.#made.set(number, part);
      return part;
    }
    const [mark, first, second] = part as [string, unknown, unknown];
    const keep = <T>(value: T): T => {
      this.#made.set(number, value);
      return value;
    };
    switch (mark) {
      case 'bigint':
        return keep(BigInt(first as string));
      case 'symbol':
        return keep(Symbol.for(first as string));
      case 'date':
        return keep(new Date((first as number | null) ?? Number.NaN));
      case 'array':
        return this.#readArray(keep([]), first as number[]);
      case 'map': {
        const map = keep(new Map());
        (first as [number, number][]).forEach(([key, value]) => map.set(this.read(key), this.read(value)));
        return map;
      }
      case 'set': {
        const set = keep(new Set());
        (first as number[]).forEach((value) => set.add(this.read(value)));
        return set;
      }
      case 'object': {
        const object = keep({});
        (first as [string, number][]).forEach(([key, value]) => define(object, key, this.read(value)));
        return object;
      }
      case 'bytes':
        return keep(readBytes(first as string, second as string));
      case 'promise':
        return keep(Promise.resolve(this.read(first as number)));
      case 'stream':
        return keep(this.#readStream(first as number[]));
      case 'form': {
        const form = keep(new FormData());
        (first as [string, number][]).forEach(([name, value]) => form.append(name, this.read(value) as string));
        return form;
      }
      case 'blob':
        return keep(readBlob(this.read(second as number) as ArrayBuffer, first as string, part[3], part[4]));
      default:
        return keep(opaque());
    }
  }

  #readArray(array: unknown[], entries: number[]): unknown[] {
    entries.forEach((entry) => array.push(this.read(entry)));
    return array;
  }

  #readStream(chunks: number[]): ReadableStream {
    const values = chunks.map((chunk) => this.read(chunk));
    return new ReadableStream({
      start(controller): void {
        values.forEach((value) => controller.enqueue(value));
        controller.close();
      },
    });
  }
}

const SPECIAL = new Map<number, unknown>([
  [UNDEFINED, undefined],
  [NAN, Number.NaN],
  [INFINITE, Number.POSITIVE_INFINITY],
  [MINUS_INFINITE, Number.NEGATIVE_INFINITY],
  [MINUS_ZERO, -0],
]);

function specialNumber(value: number): number | null {
  for (const [number, special] of SPECIAL) {
    if (Object.is(special, value)) {
      return number;
    }
  }
  return null;
}

function readBlob(bytes: ArrayBuffer, type: string, name: unknown, lastModified: unknown): Blob {
  return typeof name === 'string' ? new File([bytes], name, { type, lastModified: lastModified as number }) : new Blob([bytes], { type });
}

/** `__proto__` is a key like any other. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function writeBytes(value: ArrayBuffer | ArrayBufferView): Part {
  const isView = ArrayBuffer.isView(value);
  const bytes = isView ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
  const name = isView ? (Object.keys(BUFFERS) as (keyof typeof BUFFERS)[]).find((one) => value instanceof BUFFERS[one]) : 'ArrayBuffer';
  return ['bytes', name ?? 'Uint8Array', bytes.toString('base64')];
}

function readBytes(name: string, text: string): ArrayBuffer | ArrayBufferView {
  const buffer = new Uint8Array(Buffer.from(text, 'base64')).buffer;
  const View = BUFFERS[name as keyof typeof BUFFERS] as (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined;
  return View === undefined ? buffer : new View(buffer);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) === null;
}

function noSymbol(symbol: symbol): string {
  return (
    'Only global symbols received from Symbol.for(...) can be passed to Client Components. The symbol ' +
    `Symbol.for(${symbol.description ?? ''}) cannot be found among global symbols.`
  );
}

/** What an argument is inside a cached function that could not be written: it is no part of the key, so it cannot be looked into. */
function opaque(): unknown {
  const refuse = (): never => {
    throw new Error(
      'An argument of a `"use cache"` function that cannot be serialized, like a function or an instance of a class, cannot be used inside of it.',
    );
  };
  const ask = (_: unknown, name: PropertyKey): unknown => (name === 'then' ? undefined : refuse());
  return new Proxy(function argument(): void {}, { get: ask, set: refuse, has: refuse, ownKeys: refuse, apply: refuse, construct: refuse });
}
