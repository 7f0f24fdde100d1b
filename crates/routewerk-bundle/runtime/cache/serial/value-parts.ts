/**
 * The text form of what `'use cache'` functions take and return: a table of parts that name each other by number, so that what is
 * shared stays shared and what is circular can be written. `write-arguments.ts` and `write-result.ts` make it, `read-value.ts`
 * reads it. What Next.js takes apart is taken apart here, too: the forms that it has for arguments and results differ.
 */

/** A part: what JSON has a form for, or a mark and what belongs to it. */
export type Part = null | boolean | number | string | readonly [mark: string, ...rest: unknown[]];

/** What is not written as a part of its own. */
const SPECIAL: readonly (readonly [number: number, value: unknown])[] = [
  [-1, undefined],
  [-2, Number.NaN],
  [-3, Number.POSITIVE_INFINITY],
  [-4, Number.NEGATIVE_INFINITY],
  [-5, -0],
];

/** The number of a value that has no part; null for all others. */
export function specialNumber(value: unknown): number | null {
  if (value !== undefined && typeof value !== 'number') {
    return null;
  }
  return SPECIAL.find(([, special]) => Object.is(special, value))?.[0] ?? null;
}

/** The value of a number below zero. */
export function specialValue(number: number): unknown {
  return SPECIAL.find(([known]) => known === number)?.[1];
}

/** The number of `undefined`. */
export const UNDEFINED = -1;

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

/** The part of bytes. */
export function writeBytes(value: ArrayBuffer | ArrayBufferView): Part {
  const isView = ArrayBuffer.isView(value);
  const bytes = isView ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(value);
  const name = isView ? (Object.keys(BUFFERS) as (keyof typeof BUFFERS)[]).find((one) => value instanceof BUFFERS[one]) : 'ArrayBuffer';
  return ['bytes', name ?? 'Uint8Array', bytes.toString('base64')];
}

/** The bytes of a part. */
export function readBytes(name: string, text: string): ArrayBuffer | ArrayBufferView {
  const buffer = new Uint8Array(Buffer.from(text, 'base64')).buffer;
  const View = BUFFERS[name as keyof typeof BUFFERS] as (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined;
  return View === undefined ? buffer : new View(buffer);
}

/** Whether an object is one that braces make, of whatever realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || (prototype !== null && Object.getPrototypeOf(prototype) === null);
}

/** What `JSON.stringify` would look at in the place of a value. */
export function afterToJson(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'bigint') {
    return value;
  }
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? Reflect.apply(toJSON, value, [key]) : value;
}

/** Whether a text is what a date has become under `JSON.stringify`. */
export function isDateText(value: unknown, before: unknown): value is string {
  return typeof value === 'string' && value.endsWith('Z') && before instanceof Date;
}

/** Whether something can be waited for. */
export function isThenable(value: object): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown }).then === 'function';
}

/** Whether a stream is one of bytes. */
export function isByteStream(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** What an object gives when it is iterated over; null for none. */
export function iteratorOf(value: object): Iterator<unknown> | null {
  const make = (value as { readonly [Symbol.iterator]?: unknown })[Symbol.iterator];
  return typeof make === 'function' ? (Reflect.apply(make, value, []) as Iterator<unknown>) : null;
}

/** What an object gives when it is waited for piece by piece; null for none. */
export function asyncIteratorOf(value: object): AsyncIterator<unknown> | null {
  const make = (value as { readonly [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator];
  return typeof make === 'function' ? (Reflect.apply(make, value, []) as AsyncIterator<unknown>) : null;
}

/** All that an iterator gives. */
export function allOf(iterator: Iterator<unknown>): unknown[] {
  return Array.from({ [Symbol.iterator]: () => iterator });
}

/** Whether something is a React element, which is no plain object although it looks like one. */
export function isElement(value: object): boolean {
  return (value as { readonly $$typeof?: unknown }).$$typeof === Symbol.for('react.transitional.element');
}
