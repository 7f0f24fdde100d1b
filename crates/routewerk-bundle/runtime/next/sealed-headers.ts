/**
 * What `await headers()` gives: the request's headers as they are at each look, which cannot be changed through it and
 * do not show the fields that Next.js keeps to itself.
 */
import { INSPECT, inspectAs, shapeAsInterface } from '../web/class-shape.ts';
import type { Inspect, InspectOptions } from '../web/class-shape.ts';
import { LightHeaders } from '../web/headers.ts';

/** Fields by which a Next.js client talks to the framework. */
const HIDDEN: ReadonlySet<string> = new Set([
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-hmr-refresh',
  'next-router-segment-prefetch',
  'x-nextjs-request-id',
  'x-nextjs-html-request-id',
]);

/** Next.js's error for a change. */
export class ReadonlyHeadersError extends Error {
  constructor() {
    super('Headers cannot be modified. Read more: https://nextjs.org/docs/app/api-reference/functions/headers');
  }
}

function isHidden(name: unknown): boolean {
  return typeof name === 'string' && HIDDEN.has(name.toLowerCase());
}

export class SealedHeaders {
  #headers: Headers;

  constructor(headers: Headers) {
    this.#headers = headers;
  }

  append(): never {
    throw new ReadonlyHeadersError();
  }

  delete(): never {
    throw new ReadonlyHeadersError();
  }

  set(): never {
    throw new ReadonlyHeadersError();
  }

  get(name: string): string | null {
    return isHidden(name) ? null : this.#headers.get(name);
  }

  has(name: string): boolean {
    return !isHidden(name) && this.#headers.has(name);
  }

  getSetCookie(): string[] {
    return this.#headers.getSetCookie();
  }

  forEach(callback: (value: string, name: string, parent: Headers) => void, thisArgument?: unknown): void {
    for (const [name, value] of this.entries()) {
      callback.call(thisArgument, value, name, this as unknown as Headers);
    }
  }

  *entries(): Generator<[string, string]> {
    for (const entry of this.#headers) {
      if (!isHidden(entry[0])) {
        yield entry;
      }
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) {
      yield name;
    }
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) {
      yield value;
    }
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  [INSPECT](_depth: number, options: InspectOptions, inspect: Inspect): string {
    return inspectAs('Headers', Object.fromEntries(this.entries()), options, inspect);
  }
}
shapeAsInterface(SealedHeaders, 'Headers', 0);
// It is a `Headers` to whoever asks with `instanceof`.
Object.setPrototypeOf(SealedHeaders.prototype, LightHeaders.prototype);
