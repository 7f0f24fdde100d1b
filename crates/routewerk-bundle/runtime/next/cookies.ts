/**
 * `RequestCookies` and `ResponseCookies`, the cookie stores of `NextRequest` and `NextResponse`. They read the field they
 * stand on when they are first asked, and write it back at each change.
 */
import { INSPECT } from '../web/class-shape.ts';
import { normaliseCookie, readPairs, readSetCookie, writeCookie } from './cookie-text.ts';
import type { RequestCookie, ResponseCookie } from './cookie-text.ts';

/** The part of `Headers` that the stores need. */
export interface CookieHeaders {
  get(name: string): string | null;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  getSetCookie?(): string[];
}

/** A name, or something that has one. */
export type Named = string | { readonly name: string };

/** What `set` of a response's store is called with. */
export type SetArguments =
  | [name: string, value: string, cookie?: Partial<ResponseCookie>]
  | [cookie: ResponseCookie];

/** What `delete` of a response's store is called with. */
export type DeleteArguments = [name: string] | [options: Omit<ResponseCookie, 'value' | 'expires'>];

function nameOf(named: Named): string {
  return typeof named === 'string' ? named : named.name;
}

/** What @edge-runtime prints in its own console. */
const EDGE_INSPECT: unique symbol = Symbol.for('edge-runtime.inspect.custom') as never;

/** The cookies of a request. */
export class RequestCookies {
  #headers: CookieHeaders;
  /** The field's text until the first question. */
  #text: string | null;
  #cookies: Map<string, RequestCookie> | null = null;

  /** `text` is the value of the `cookie` field where the caller knows it. */
  constructor(headers: CookieHeaders, text: string | null = headers.get('cookie')) {
    this.#headers = headers;
    this.#text = text;
  }

  [Symbol.iterator](): MapIterator<[string, RequestCookie]> {
    return this.#read()[Symbol.iterator]();
  }

  /** How many cookies the client sent. */
  get size(): number {
    return this.#read().size;
  }

  get(named: Named): RequestCookie | undefined {
    return this.#read().get(nameOf(named));
  }

  getAll(...named: [] | [Named]): RequestCookie[] {
    const all = [...this.#read().values()];
    return named.length === 0 ? all : all.filter(({ name }) => name === nameOf(named[0]));
  }

  has(name: string): boolean {
    return this.#read().has(name);
  }

  set(...given: [name: string, value: string] | [cookie: RequestCookie]): this {
    const [name, value] = given.length === 1 ? [given[0].name, given[0].value] : given;
    this.#read().set(name, { name, value });
    this.#write();
    return this;
  }

  /** Deletes one cookie or several; says of each whether it was there. */
  delete(names: string | string[]): boolean | boolean[] {
    const cookies = this.#read();
    const found = Array.isArray(names) ? names.map((name) => cookies.delete(name)) : cookies.delete(names);
    this.#write();
    return found;
  }

  clear(): this {
    this.delete([...this.#read().keys()]);
    return this;
  }

  toString(): string {
    return [...this.#read().values()].map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ');
  }

  [EDGE_INSPECT](): string {
    return `RequestCookies ${JSON.stringify(Object.fromEntries(this.#read()))}`;
  }

  [INSPECT](): string {
    return this[EDGE_INSPECT]();
  }

  #read(): Map<string, RequestCookie> {
    if (this.#cookies === null) {
      this.#cookies = new Map();
      for (const [name, value] of readPairs(this.#text ?? '')) {
        this.#cookies.set(name, { name, value });
      }
      this.#text = null;
    }
    return this.#cookies;
  }

  #write(): void {
    this.#headers.set('cookie', [...this.#read().values()].map(writeCookie).join('; '));
  }
}

/** The cookies of a reply. */
export class ResponseCookies {
  #headers: CookieHeaders;
  #cookies: Map<string, ResponseCookie> | null = null;

  constructor(headers: CookieHeaders) {
    this.#headers = headers;
  }

  get(named: Named): ResponseCookie | undefined {
    return this.#read().get(nameOf(named));
  }

  getAll(...named: [] | [Named]): ResponseCookie[] {
    const all = [...this.#read().values()];
    return named.length === 0 ? all : all.filter(({ name }) => name === nameOf(named[0]));
  }

  has(name: string): boolean {
    return this.#read().has(name);
  }

  set(...given: SetArguments): this {
    const [name, value, cookie] = given.length === 1 ? [given[0].name, given[0].value, given[0]] : given;
    this.#read().set(name, normaliseCookie({ name, value, ...cookie }));
    this.#write();
    return this;
  }

  delete(...given: DeleteArguments): this {
    const options = typeof given[0] === 'string' ? { name: given[0] } : given[0];
    return this.set({ ...options, value: '', expires: new Date(0) });
  }

  toString(): string {
    return [...this.#read().values()].map(writeCookie).join('; ');
  }

  [EDGE_INSPECT](): string {
    return `ResponseCookies ${JSON.stringify(Object.fromEntries(this.#read()))}`;
  }

  [INSPECT](): string {
    return this[EDGE_INSPECT]();
  }

  #read(): Map<string, ResponseCookie> {
    if (this.#cookies === null) {
      const cookies = new Map<string, ResponseCookie>();
      for (const text of this.#headers.getSetCookie?.() ?? []) {
        const cookie = readSetCookie(text);
        if (cookie !== undefined) {
          cookies.set(cookie.name, cookie);
        }
      }
      this.#cookies = cookies;
    }
    return this.#cookies;
  }

  #write(): void {
    this.#headers.delete('set-cookie');
    for (const cookie of this.#read().values()) {
      this.#headers.append('set-cookie', writeCookie(cookie));
    }
  }
}
