/**
 * Writes what a `'use cache'` function returns, and what a function captures.
 *
 * What Next.js cannot take is an error in its words, of the promise or stream that it stands in, or else of the whole. Something of the
 * function's arguments is written as such: its caller gets what he has passed.
 */
import { isDevelopment } from '../../handler/host.ts';
import { cachedFunction } from './cached-functions.ts';
import type { AnyFunction } from './cached-functions.ts';
import { describePart } from './describe-part.ts';
import { OPAQUE } from './opaque.ts';
import { isInterruption } from '../use-cache/shown-error.ts';
import type { ErrorFacts } from '../use-cache/shown-error.ts';
import {
  afterToJson,
  allOf,
  asyncIteratorOf,
  isByteStream,
  isDateText,
  isPlain,
  isThenable,
  iteratorOf,
  specialNumber,
  writeBytes,
} from './value-parts.ts';
import type { Part } from './value-parts.ts';

const NOT_PLAIN =
  'Only plain objects, and a few built-ins, can be passed to Client Components from Server Components. Classes or null ' +
  'prototypes are not supported.';
const NO_FUNCTION =
  'Functions cannot be passed directly to Client Components unless you explicitly expose it by marking it with "use server". ' +
  'Or maybe you meant to call this function rather than return it.';
const NO_ARGUMENT =
  'Could not reference an opaque temporary reference. This is likely due to misconfiguring the temporaryReferences options on the server.';

/** A result as text. */
export interface Written {
  readonly text: string;
  /** Why there is no result; null where there is one. */
  readonly failure: ErrorFacts | null;
  /** Whether all of it could be written: what has a promise or a stream that fails is not kept. */
  readonly isWhole: boolean;
}

/** Notes an error, and says what of it is told on. */
export type NoteError = (thrown: unknown) => ErrorFacts;

/** Writes a value. `given` are the numbers of what came with the arguments. Never rejects. */
export async function writeResult(value: unknown, given: ReadonlyMap<unknown, number> | null, note: NoteError): Promise<Written> {
  const writer = new ResultWriter(given, note);
  const whole: Unit = { failure: null };
  let root = 0;
  await writer.inUnit(whole, () => (root = writer.addRoot(value, whole)));
  await writer.settled();
  return { text: JSON.stringify([root, writer.parts]), failure: whole.failure, isWhole: writer.isWhole };
}

/** The text of what is thrown in the place of a result. */
export function writeThrown(facts: ErrorFacts): string {
  return JSON.stringify([0, [['thrown', facts]]]);
}

/** What fails as a whole: the result, or a promise or stream in it. */
interface Unit {
  failure: ErrorFacts | null;
}

class ResultWriter {
  readonly parts: Part[] = [];
  isWhole = true;
  readonly #given: ReadonlyMap<unknown, number> | null;
  readonly #note: NoteError;
  readonly #seen = new Map<object, number>();
  readonly #pending: Promise<void>[] = [];
  /** What is done when all is written. */
  readonly #marks: (() => void)[] = [];

  constructor(given: ReadonlyMap<unknown, number> | null, note: NoteError) {
    this.#given = given;
    this.#note = note;
  }

  async settled(): Promise<void> {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      await next;
    }
    this.#marks.forEach((mark) => mark());
  }

  /** Does a part of a unit's work; what it throws or rejects with is the unit's failure. */
  async inUnit(unit: Unit, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#fail(unit, thrown);
    }
  }

  #fail(unit: Unit, thrown: unknown): void {
    const facts = this.#note(thrown);
    this.isWhole &&= isInterruption(thrown);
    unit.failure ??= facts;
  }

  /** A value that nothing holds is taken as it is. */
  addRoot(value: unknown, unit: Unit): number {
    return this.#add(value, {}, '', unit);
  }

  #addIn(holder: object, key: string, unit: Unit): number {
    const before = (holder as Record<string, unknown>)[key];
    const value = afterToJson(before, key);
    return isDateText(value, before) ? this.#push(['date', value]) : this.#add(value, holder, key, unit);
  }

  #push(part: Part): number {
    return this.parts.push(part) - 1;
  }

  #add(value: unknown, holder: object, key: string, unit: Unit): number {
    const special = specialNumber(value);
    if (special !== null) {
      return special;
    }
    if (typeof value !== 'object' || value === null) {
      return this.#push(this.#primitive(value, holder, key, unit));
    }
    const argument = this.#given?.get(value);
    if (argument !== undefined) {
      return this.#push(['argument', argument]);
    }
    const earlier = this.#seen.get(value);
    if (earlier !== undefined) {
      return earlier;
    }
    const number = this.#push(null);
    this.#seen.set(value, number);
    this.parts[number] = this.#object(value, number, holder, key, unit);
    return number;
  }

  #refuse(message: string, unit: Unit): null {
    this.#fail(unit, new Error(message));
    return null;
  }

  #primitive(value: unknown, holder: object, key: string, unit: Unit): Part {
    switch (typeof value) {
      case 'bigint':
        return ['bigint', String(value)];
      case 'symbol': {
        const { description = '' } = value;
        const message = `Only global symbols received from Symbol.for(...) can be passed to Client Components. The symbol Symbol.for(${value.description}) cannot be found among global symbols.`;
        return Symbol.for(description) === value ? ['symbol', description] : this.#refuse(`${message}${describePart(holder, key)}`, unit);
      }
      case 'function':
        return this.#function(value as AnyFunction, holder, key, unit);
      default:
        return value as null | boolean | number | string;
    }
  }

  #function(value: AnyFunction, holder: object, key: string, unit: Unit): Part {
    const cached = cachedFunction(value);
    if (cached !== undefined) {
      const number = this.parts.length;
      const { id, bound } = cached;
      if (bound !== null) {
        this.#pending.push(this.inUnit(unit, async () => void (this.parts[number] = ['function', id, await bound])));
      }
      return ['function', id, null];
    }
    const argument = this.#given?.get(value);
    if (argument !== undefined) {
      return ['argument', argument];
    }
    if ((value as { readonly $$typeof?: unknown }).$$typeof === OPAQUE) {
      return this.#refuse(NO_ARGUMENT, unit);
    }
    const where = describePart(holder, key);
    return this.#refuse(
      /^on[A-Z]/.test(key)
        ? `Event handlers cannot be passed to Client Component props.${where}\nIf you need interactivity, consider converting part of this to a Client Component.`
        : `${NO_FUNCTION}${where}`,
      unit,
    );
  }

  #object(value: object, number: number, holder: object, key: string, unit: Unit): Part {
    if (isThenable(value)) {
      this.#pending.push(this.#promise(value, number));
      return null;
    }
    if (Array.isArray(value)) {
      return this.#array(value, unit);
    }
    if (value instanceof Map) {
      return ['map', this.#array([...value], unit)];
    }
    if (value instanceof Set) {
      return ['set', this.#array([...value], unit)];
    }
    if (value instanceof FormData) {
      return ['form', [...value].map(([name, entry]) => [name, this.#add(entry, {}, '', unit)])];
    }
    if (value instanceof Error) {
      return isDevelopment() ? ['error', value.name, value.message, value.stack] : ['error'];
    }
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      return writeBytes(value);
    }
    if (value instanceof Blob) {
      this.#pending.push(this.inUnit(unit, async () => this.#blob(value, number)));
      return null;
    }
    const iterator = iteratorOf(value);
    if (iterator !== null) {
      const array = this.#array(allOf(iterator), unit);
      return iterator === value ? ['iterator', array] : array;
    }
    if (value instanceof ReadableStream) {
      this.#pending.push(this.#stream(value, number));
      return null;
    }
    const asyncIterator = asyncIteratorOf(value);
    if (asyncIterator !== null) {
      this.#pending.push(this.#asyncIterable(asyncIterator, asyncIterator === value, number));
      return null;
    }
    if (value instanceof Date) {
      return ['date', String(value.toJSON())];
    }
    if (!isPlain(value)) {
      return this.#refuse(`${NOT_PLAIN}${describePart(holder, key)}`, unit);
    }
    return ['object', Object.keys(value).map((name) => [name, this.#addIn(value, name, unit)])];
  }

  #array(array: readonly unknown[], unit: Unit): Part {
    return ['array', Array.from(array, (_, index) => this.#addIn(array, String(index), unit))];
  }

  async #promise(promise: PromiseLike<unknown>, number: number): Promise<void> {
    const unit: Unit = { failure: null };
    let result = 0;
    await this.inUnit(unit, async () => {
      const value: unknown = await promise;
      result = this.addRoot(value, unit);
    });
    this.parts[number] = ['promise', result];
    this.#markLater(unit, number, ['rejected']);
  }

  async #stream(stream: ReadableStream, number: number): Promise<void> {
    const unit: Unit = { failure: null };
    const mark = isByteStream(stream) ? 'byte-stream' : 'stream';
    const chunks: number[] = [];
    await this.inUnit(unit, async () => {
      const reader = stream.getReader() as ReadableStreamDefaultReader<unknown>;
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        chunks.push(this.addRoot(next.value, unit));
      }
    });
    this.parts[number] = [mark, chunks];
    this.#markLater(unit, number, [mark, chunks]);
  }

  async #asyncIterable(iterator: AsyncIterator<unknown>, isItself: boolean, number: number): Promise<void> {
    const unit: Unit = { failure: null };
    const values: number[] = [];
    let last = specialNumber(undefined) as number;
    await this.inUnit(unit, async () => {
      let next = await iterator.next();
      for (; next.done !== true; next = await iterator.next()) {
        values.push(this.addRoot(next.value, unit));
      }
      last = this.addRoot(next.value, unit);
    });
    const part: [string, ...unknown[]] = ['async-iterable', values, last, isItself];
    this.parts[number] = part;
    this.#markLater(unit, number, part);
  }

  /** What stands in a unit may still fail while other parts are waited for. */
  #markLater(unit: Unit, number: number, part: readonly [string, ...unknown[]]): void {
    this.#marks.push(() => {
      if (unit.failure !== null) {
        this.parts[number] = part[0] === 'rejected' ? ['rejected', unit.failure] : [`broken-${part[0]}`, ...part.slice(1), unit.failure];
      }
    });
  }

  async #blob(blob: Blob, number: number): Promise<void> {
    const bytes = writeBytes(await blob.arrayBuffer());
    this.parts[number] = ['blob', blob.type, this.#push(bytes)];
  }
}
