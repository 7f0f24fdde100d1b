/**
 * The `Headers` that handlers see (Fetch standard, section 5.1). It keeps the block of text that it was given and
 * answers single look-ups by searching that text; the second look-up or the first change makes a map of it.
 *
 * What is not plainly valid goes through the platform's own `Headers`, so conversions and error texts are the
 * platform's. The guards "request" and "response" forbid nothing in Node.js, and so they are not kept here.
 */
import { types } from 'node:util';

import { INSPECT, inspectAs, shapeAsInterface } from './class-shape.ts';
import type { Inspect, InspectOptions } from './class-shape.ts';
import {
  canonicalText,
  fieldName,
  fieldValue,
  findValue,
  lastFlags,
  noteValue,
  plainValue,
  recordText,
  setLastFlags,
  splitText,
} from './header-text.ts';
import type { FieldName } from './header-text.ts';
import { native, whenNativeLoaded } from './native.ts';

/** Where a text comes from: a request's fields as received, or canonical text. */
type Shape = 'received' | 'canonical';

/**
 * Fields of which Node.js keeps the first when a request repeats them, where others are joined
 * (`http.IncomingMessage.headers`); a Next.js handler never sees the others.
 */
const FIRST_WINS = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** Makes `Headers` of a text without looking at it; anything else given to the constructor is a user's. */
const FROM_TEXT = Symbol('text');

/** Makes `Headers` of a checked block. */
export let headersFromText: (text: string, shape: Shape, flags: number) => LightHeaders;
/** The canonical text; sets `lastFlags` of `header-text`. */
export let textOfHeaders: (headers: LightHeaders) => string;
/** The guard "immutable": every change throws. */
export let makeImmutable: (headers: LightHeaders) => void;
/** Whether an object is one of ours (and not the platform's, which is an instance of our class too). */
export let isLight: (value: object) => value is LightHeaders;
/** The value of a field whose name is known to be valid. */
export let rawValue: (headers: LightHeaders, name: FieldName) => string | null;

let pairsOf: (headers: LightHeaders) => string[];

export class LightHeaders implements Iterable<[string, string]> {
  /** The fields while nothing was changed; empty once `#map` holds them. */
  #text: string;
  #shape: Shape;
  #map: Map<string, string> | null = null;
  /** The values of `set-cookie`, which are never joined; meaningful beside `#map` only. */
  #cookies: string[] = [];
  /** `[name, value, …]` in the order of iteration, or null when it has to be made again. */
  #sorted: string[] | null = null;
  /** The flags (`header-text`) of `#text` while it is canonical. */
  #flags = 0;
  #lookups = 0;
  #immutable = false;

  constructor(init?: HeadersInit, text?: string, shape?: Shape, flags?: number) {
    if (init === (FROM_TEXT as unknown)) {
      this.#text = text as string;
      this.#shape = shape as Shape;
      this.#flags = flags as number;
      return;
    }
    this.#shape = 'canonical';
    this.#text = '';
    if (init !== undefined) {
      this.#text = textOfInit(init);
      this.#flags = lastFlags;
    }
  }

  static {
    headersFromText = (text, shape, flags) => new LightHeaders(FROM_TEXT as never, text, shape, flags);
    textOfHeaders = (headers) => headers.#canonicalText();
    makeImmutable = (headers) => {
      headers.#immutable = true;
    };
    isLight = (value): value is LightHeaders => #text in value;
    rawValue = (headers, name) => headers.#lookUp(name);
  }

  append(name: string, value: string): void {
    const field = typeof name === 'string' ? fieldName(name) : null;
    const text = typeof value === 'string' ? fieldValue(value) : null;
    if (field === null || text === null || this.#immutable) {
      this.#changeNatively('append', [name, value].slice(0, arguments.length));
      return;
    }
    this.#append(field.lower, text);
  }

  delete(name: string): void {
    const field = typeof name === 'string' ? fieldName(name) : null;
    if (field === null || this.#immutable) {
      this.#changeNatively('delete', arguments.length === 0 ? [] : [name]);
      return;
    }
    this.#delete(field.lower);
  }

  get(name: string): string | null {
    const field = typeof name === 'string' ? fieldName(name) : null;
    if (field === null) {
      return this.#askNatively('get', arguments.length === 0 ? [] : [name]) as string | null;
    }
    return this.#lookUp(field);
  }

  has(name: string): boolean {
    const field = typeof name === 'string' ? fieldName(name) : null;
    if (field === null) {
      return this.#askNatively('has', arguments.length === 0 ? [] : [name]) as boolean;
    }
    if (this.#map === null) {
      return findValue(this.#text, field, 0) !== -1;
    }
    return field.lower === 'set-cookie' ? this.#cookies.length !== 0 : this.#map.has(field.lower);
  }

  set(name: string, value: string): void {
    const field = typeof name === 'string' ? fieldName(name) : null;
    const text = typeof value === 'string' ? fieldValue(value) : null;
    if (field === null || text === null || this.#immutable) {
      this.#changeNatively('set', [name, value].slice(0, arguments.length));
      return;
    }
    this.#set(field.lower, text);
  }

  getSetCookie(): string[] {
    this.#materialise();
    return [...this.#cookies];
  }

  forEach(callback: (value: string, name: string, parent: Headers) => void, thisArgument: unknown = undefined): void {
    if (typeof callback !== 'function') {
      this.#askNatively('forEach', arguments.length === 0 ? [] : [callback]);
      return;
    }
    for (let at = 0; at < this.#pairs().length; at += 2) {
      const pairs = this.#pairs();
      callback.call(thisArgument, pairs[at + 1] as string, pairs[at] as string, this as unknown as Headers);
    }
  }

  keys(): HeadersIterator<string> {
    return new FieldIterator(this, (pairs, at) => pairs[at] as string);
  }

  values(): HeadersIterator<string> {
    return new FieldIterator(this, (pairs, at) => pairs[at + 1] as string);
  }

  entries(): HeadersIterator<[string, string]> {
    return new FieldIterator(this, (pairs, at) => [pairs[at] as string, pairs[at + 1] as string]);
  }

  declare [Symbol.iterator]: () => HeadersIterator<[string, string]>;

  [INSPECT](_depth: number, options: InspectOptions, inspect: Inspect): string {
    const shown: Record<string, string> = {};
    for (const [name, value] of this.entries()) {
      shown[name] = shown[name] === undefined ? value : `${shown[name]}, ${value}`;
    }
    return inspectAs('Headers', shown, options, inspect);
  }

  #append(name: string, value: string): void {
    const map = this.#changeable();
    if (name === 'set-cookie') {
      this.#cookies.push(value);
      return;
    }
    const present = map.get(name);
    const separator = name === 'cookie' ? '; ' : ', ';
    map.set(name, present === undefined ? value : present + separator + value);
  }

  #set(name: string, value: string): void {
    const map = this.#changeable();
    if (name === 'set-cookie') {
      this.#cookies = [value];
    } else {
      map.set(name, value);
    }
  }

  #delete(name: string): void {
    const map = this.#changeable();
    if (name === 'set-cookie') {
      this.#cookies = [];
    } else {
      map.delete(name);
    }
  }

  #lookUp(name: FieldName): string | null {
    if (this.#map === null) {
      if (this.#lookups < 2) {
        this.#lookups += 1;
        return this.#search(name);
      }
      this.#materialise();
    }
    if (name.lower === 'set-cookie') {
      return this.#cookies.length === 0 ? null : this.#cookies.join(', ');
    }
    return (this.#map as Map<string, string>).get(name.lower) ?? null;
  }

  /** One look-up in the text. */
  #search(name: FieldName): string | null {
    const text = this.#text;
    let start = findValue(text, name, 0);
    if (start === -1) {
      return null;
    }
    let end = text.indexOf('\n', start);
    let value = text.slice(start, end);
    start = findValue(text, name, end + 1);
    while (start !== -1) {
      end = text.indexOf('\n', start);
      value = this.#join(name.lower, value, text.slice(start, end));
      start = findValue(text, name, end + 1);
    }
    return value;
  }

  #join(name: string, first: string, second: string): string {
    if (name === 'cookie') {
      return `${first}; ${second}`;
    }
    return this.#shape === 'received' && FIRST_WINS.has(name) ? first : `${first}, ${second}`;
  }

  #materialise(): Map<string, string> {
    if (this.#map !== null) {
      return this.#map;
    }
    const map = new Map<string, string>();
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      const nameEnd = text.indexOf('\n', at);
      const valueEnd = text.indexOf('\n', nameEnd + 1);
      const name = text.slice(at, nameEnd);
      const value = text.slice(nameEnd + 1, valueEnd);
      at = valueEnd + 1;
      if (name === 'set-cookie') {
        this.#cookies.push(value);
        continue;
      }
      const present = map.get(name);
      map.set(name, present === undefined ? value : this.#join(name, present, value));
    }
    this.#map = map;
    return map;
  }

  /** The map, ready to be changed: what was derived from it is given up. */
  #changeable(): Map<string, string> {
    const map = this.#materialise();
    this.#sorted = null;
    this.#text = '';
    return map;
  }

  #pairs(): string[] {
    if (this.#sorted !== null) {
      return this.#sorted;
    }
    const map = this.#materialise();
    const names = [...map.keys()];
    if (this.#cookies.length !== 0) {
      names.push('set-cookie');
    }
    names.sort();
    const pairs: string[] = [];
    for (const name of names) {
      if (name === 'set-cookie') {
        this.#cookies.forEach((cookie) => pairs.push(name, cookie));
      } else {
        pairs.push(name, map.get(name) as string);
      }
    }
    this.#sorted = pairs;
    return pairs;
  }

  #canonicalText(): string {
    if (this.#map === null && this.#shape === 'canonical') {
      setLastFlags(this.#flags);
      return this.#text;
    }
    return canonicalText([...this.#pairs()]);
  }

  static {
    pairsOf = (headers) => headers.#pairs();
  }

  #toNative(): Headers {
    const { Headers } = native();
    return new Headers(pairList(this.#pairs()));
  }

  /** Lets the platform answer what needs its conversions or its errors. */
  #askNatively(method: 'get' | 'has' | 'forEach', args: readonly unknown[]): unknown {
    const headers = this.#toNative();
    return Reflect.apply(headers[method], headers, args);
  }

  /** Lets the platform convert or refuse what a change is given, and makes the change. */
  #changeNatively(method: 'append' | 'delete' | 'set', args: readonly unknown[]): void {
    const headers = method === 'delete' ? this.#toNative() : new (native().Headers)();
    Reflect.apply(headers[method], headers, args);
    if (this.#immutable) {
      throw new TypeError('immutable');
    }
    if (method === 'delete') {
      const names = this.#pairs().filter((_, at) => at % 2 === 0);
      names.filter((name) => !headers.has(name)).forEach((name) => this.#delete(name));
      return;
    }
    for (const [name, value] of headers) {
      noteValue(value);
      if (method === 'append') {
        this.#append(name, value);
      } else {
        this.#set(name, value);
      }
    }
  }
}

/** What `Headers` iterates with. */
export type HeadersIterator<T> = IterableIterator<T> & { [Symbol.toStringTag]: string };

const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;

/** Walks over the sorted fields as they are at each step, as the standard's iterators do. */
class FieldIterator<T> {
  #headers: LightHeaders;
  #pick: (pairs: string[], at: number) => T;
  #at = 0;

  constructor(headers: LightHeaders, pick: (pairs: string[], at: number) => T) {
    this.#headers = headers;
    this.#pick = pick;
  }

  next(): IteratorResult<T> {
    const pairs = pairsOf(this.#headers);
    const at = this.#at;
    if (at >= pairs.length) {
      return { value: undefined, done: true };
    }
    this.#at = at + 2;
    return { value: this.#pick(pairs, at), done: false };
  }

  declare [Symbol.iterator]: () => FieldIterator<T> & IterableIterator<T>;
  declare [Symbol.toStringTag]: string;
}
Object.setPrototypeOf(FieldIterator.prototype, iteratorPrototype);
shapeAsInterface(FieldIterator, 'Headers Iterator', 0);

Object.defineProperty(LightHeaders.prototype, Symbol.iterator, {
  value: LightHeaders.prototype.entries,
  writable: true,
  configurable: true,
});
shapeAsInterface(LightHeaders, 'Headers', 0);
const entriesOfLight = LightHeaders.prototype[Symbol.iterator];
let entriesOfNative: typeof entriesOfLight | null = null;
whenNativeLoaded(({ Headers }) => {
  entriesOfNative = Headers.prototype[Symbol.iterator] as typeof entriesOfLight;
  Object.setPrototypeOf(Headers.prototype, LightHeaders.prototype);
});

function pairList(pairs: readonly string[]): Array<[string, string]> {
  const list: Array<[string, string]> = [];
  for (let at = 0; at < pairs.length; at += 2) {
    list.push([pairs[at] as string, pairs[at + 1] as string]);
  }
  return list;
}

/**
 * The canonical text of whatever a user gives as `HeadersInit`. Sets `lastFlags` of `header-text`.
 *
 * Throws the platform's errors for what is not valid.
 */
export function textOfInit(init: HeadersInit): string {
  const text = textOfPlainInit(init);
  if (text !== null) {
    return text;
  }
  const { Headers } = native();
  return textOfNative(new Headers(init));
}

/** The same, or null for what needs the platform's conversions. Throws nothing. */
export function textOfPlainInit(init: HeadersInit): string | null {
  // What a proxy is asked, and in which order, the platform decides.
  if (typeof init !== 'object' || init === null || types.isProxy(init)) {
    return null;
  }
  if (init instanceof LightHeaders) {
    const isLightInit = isLight(init);
    if (init[Symbol.iterator] !== (isLightInit ? entriesOfLight : entriesOfNative)) {
      // Its own iterator gives what counts, which may be anything.
      return null;
    }
    return copyOf(isLightInit ? textOfHeaders(init) : textOfNative(init));
  }
  return Array.isArray(init) ? listText(init) : plainRecordText(init as Record<string, unknown>);
}

/**
 * The text of a copy: values are normalised again, which takes the blank off one that ends with the separator of an empty
 * value. Keeps `lastFlags`.
 */
function copyOf(text: string): string {
  if (!text.includes(' \n')) {
    return text;
  }
  return canonicalText(splitText(text).map((part, at) => (at % 2 === 0 ? part : (fieldValue(part) ?? part))));
}

/** The text of headers of the platform, as they are. Sets `lastFlags` of `header-text`. */
export function textOfNative(headers: Iterable<[string, string]>): string {
  const fields: string[] = [];
  for (const [name, value] of headers) {
    noteValue(value);
    fields.push(name, value);
  }
  return canonicalText(fields);
}

function plainRecordText(init: Record<string, unknown>): string | null {
  const prototype = Object.getPrototypeOf(init) as unknown;
  return prototype === Object.prototype || prototype === null ? recordText(init) : null;
}

function listText(init: readonly unknown[]): string | null {
  const fields: string[] = [];
  for (const pair of init) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      return null;
    }
    const name = fieldName(pair[0]);
    const value = plainValue(pair[1]);
    if (name === null || value === null) {
      return null;
    }
    fields.push(name.lower, value);
  }
  return canonicalText(fields);
}
