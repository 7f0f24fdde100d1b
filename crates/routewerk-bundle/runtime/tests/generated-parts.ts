/**
 * Generated parts of requests and responses, as recipes: each side of a comparison makes its own value of them, with its
 * own classes.
 */
import type { Seeded } from './differential.ts';
import { someBytes, someText } from './properties.ts';

/** The classes of one side. */
export interface Classes {
  readonly Headers: typeof Headers;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
}

/** Makes a value for one side. */
export type Recipe<T> = (classes: Classes) => T;

/** Something that may stand where a body is expected. */
export function someBody(random: Seeded): Recipe<unknown> {
  const text = someText(random, 12);
  const bytes = someBytes(random, 20);
  const start = random.below(2);
  const entries = someEntries(random);
  const recipes: Array<Recipe<unknown>> = [
    () => undefined,
    () => null,
    () => text,
    () => JSON.stringify({ text, list: [1, null, true] }),
    () => bytes,
    () => bytes.buffer,
    () => bytes.subarray(start),
    () => new DataView(bytes.buffer),
    () => new Blob([text]),
    () => new Blob([bytes, text], { type: 'Text/Plain; charset=x' }),
    () => new File([text], 'a.txt', { type: 'application/json' }),
    () => new URLSearchParams(text),
    () => new URLSearchParams([['a', text], ['a', '2']]),
    () => formOf(entries),
    () => streamOf([bytes, new Uint8Array(0), bytes]),
    () => streamOf([]),
    () => streamOf([text]),
    () => streamOf([bytes], new RangeError('broken')),
    () => 5,
    () => true,
    () => ({ toString: (): string => text }),
    () => Symbol('body'),
    (classes) => new classes.Response(text).body,
    (classes) => new classes.Headers({ a: '1' }),
  ];
  // What depends on chance is chosen above, before a recipe is used.
  return random.pick(recipes);
}

/** The entries of a form. */
export function someEntries(random: Seeded): Array<[string, string | File]> {
  return Array.from({ length: random.below(4) }, () => {
    const type = random.pick(['', 'text/plain', 'Image/PNG', 'x']);
    const file = new File([someBytes(random, 20)], someText(random, 4), { type });
    return [someText(random, 4), random.below(2) === 0 ? file : someText(random, 6)];
  });
}

/** A form with these entries. */
export function formOf(entries: ReadonlyArray<readonly [string, string | File]>): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    form.append(name, value);
  }
  return form;
}

function streamOf(chunks: readonly unknown[], failure?: Error): ReadableStream {
  const waiting = [...chunks];
  return new ReadableStream({
    pull(controller): void {
      if (waiting.length !== 0) {
        controller.enqueue(waiting.shift());
      } else if (failure === undefined) {
        controller.close();
      } else {
        controller.error(failure);
      }
    },
  });
}

const FIELD_NAMES = ['a', 'B', 'x-y', 'Set-Cookie', 'cookie', 'Content-Type', 'content-type', 'Content-Length', 'zz', '', 'bad name', 'é', 'ł'];
const FIELD_VALUES = ['1', ' two ', '', 'a, b', 'é', 'x=1; Path=/', 'text/html', 'Application/JSON; charset=utf-8', 'bad\nvalue', 'ł', '\x01'];
const OTHER_VALUES = [5, true, null, undefined, 10n, ['a', 'b'], { toString: () => 'text' }, Symbol('value')];

/** Something that may stand where fields are expected; mostly valid. */
export function someFields(random: Seeded): Recipe<unknown> {
  const isWild = random.below(8) === 0;
  const name = (): string => random.pick(isWild ? FIELD_NAMES : FIELD_NAMES.slice(0, 9));
  const value = (): unknown => (isWild && random.below(3) === 0 ? random.pick(OTHER_VALUES) : random.pick(isWild ? FIELD_VALUES : FIELD_VALUES.slice(0, 8)));
  const pairs = Array.from({ length: random.below(5) }, () => [name(), value()] as [string, string]);
  const recipes: Array<Recipe<unknown>> = [
    () => Object.fromEntries(pairs),
    () => pairs.map((pair) => [...pair]),
    () => new Map(pairs),
    () => Object.assign(Object.create(null) as object, Object.fromEntries(pairs)),
    (classes) => new classes.Headers(pairs),
    () => new Proxy(Object.fromEntries(pairs), {}),
  ];
  const wild: Array<Recipe<unknown>> = [() => 'text', () => 5, () => null, () => [['a']], () => [['a', '1', '2']], () => [5], () => new Date(0)];
  return random.pick(isWild ? [...recipes, ...wild] : recipes);
}

/** A boundary is made by chance. */
function withoutBoundary(text: string): string {
  return text.replaceAll(/formdata-undici-\d+/g, 'boundary');
}

/** A value as it can be compared: what can be observed of it. */
export async function observe(value: unknown): Promise<unknown> {
  if (value instanceof Blob) {
    const named = value instanceof File ? value.name : '';
    return ['blob', named, withoutBoundary(value.type), await observe(await value.arrayBuffer())];
  }
  if (value instanceof FormData) {
    return ['form', await Promise.all([...value].map(async ([name, item]) => [name, await observe(item)]))];
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    const view = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
    return ['bytes', withoutBoundary(Buffer.from(view).toString('latin1'))];
  }
  if (value instanceof Headers) {
    return ['fields', ...value];
  }
  if (value instanceof ReadableStream) {
    return ['stream', value.locked];
  }
  if (value instanceof Request) {
    return observeRequest(value);
  }
  if (typeof value === 'string') {
    return withoutBoundary(value);
  }
  return value instanceof Response ? observeResponse(value) : value;
}

function observeResponse(response: Response): unknown {
  const { type, url, redirected, status, ok, statusText, bodyUsed } = response;
  const tag = Object.prototype.toString.call(response);
  return { type, url, redirected, status, ok, statusText, bodyUsed, tag, headers: comparable(response), hasBody: response.body !== null };
}

function observeRequest(request: Request): unknown {
  const { method, url, destination, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity } = request;
  const { keepalive, bodyUsed, signal } = request;
  return {
    ...{ method, url, destination, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity },
    ...{ keepalive, bodyUsed, isAborted: signal.aborted, reason: String(signal.reason) },
    ...{ headers: comparable(request), hasBody: request.body !== null, tag: Object.prototype.toString.call(request) },
  };
}

function comparable(message: Request | Response): unknown {
  return [...message.headers].map(([name, value]) => [name, withoutBoundary(value)]);
}

/** Whether a getter gives the same object each time. */
export function isSteady(look: () => unknown): boolean {
  const first = look();
  return first === look();
}

/** What one side did at a step: what it gave, or the error. */
export async function outcome(step: () => unknown): Promise<unknown> {
  try {
    return { gave: await observe(await step()) };
  } catch (error) {
    return error instanceof Error ? { threw: `${error.name}: ${error.message}` } : { threw: String(error) };
  }
}
