import { cacheLife, cacheTag } from 'next/cache';
import { cookies, draftMode, headers } from 'next/headers';
import { connection } from 'next/server';
import { kept, living, tagged } from './kept.js';
import { call, outcome } from './origin.js';
import { whole } from './whole-file.js';

const twice = async (run) => [await outcome(run), await outcome(run)];

async function told(key, ...args) {
  'use cache';
  return `${args.length} ${(await call(key)).text}`;
}

async function withDefault(key, word = 'default') {
  'use cache';
  return `${word} ${(await call(key)).text}`;
}

async function withObject(key, { a, b }) {
  'use cache';
  return `${a} ${b} ${(await call(key)).text}`;
}

async function kinds(key) {
  'use cache';
  return {
    date: new Date(0),
    map: new Map([['a', new Date(1)]]),
    set: new Set([1, 'b']),
    big: 12345678901234567890n,
    nan: Number.NaN,
    infinity: Number.NEGATIVE_INFINITY,
    zero: -0,
    nothing: undefined,
    none: null,
    bytes: new Uint8Array([1, 2, 255]),
    floats: new Float64Array([1.5]),
    buffer: new Uint8Array([7, 8]).buffer,
    symbol: Symbol.for('known'),
    list: [1, , undefined, 'x'],
    url: String(new URL('http://a/b')),
    value: (await call(key)).text,
  };
}

async function streamed(key) {
  'use cache';
  const { text } = await call(key);
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(`${text} in a stream`));
      controller.close();
    },
  });
}

async function shared(key) {
  'use cache';
  const one = { value: (await call(key)).text };
  return { first: one, second: one };
}

async function circular(key) {
  'use cache';
  const one = { value: (await call(key)).text };
  one.self = one;
  return one;
}

class Point {
  constructor(x) {
    this.x = x;
  }
}

async function instance(key) {
  'use cache';
  return new Point((await call(key)).text);
}

async function returnsFunction(key) {
  'use cache';
  const { text } = await call(key);
  return () => text;
}

async function returnsSymbol() {
  'use cache';
  return Symbol('unknown');
}

async function returnsResponse(key) {
  'use cache';
  return new Response((await call(key)).text);
}

async function returnsForm(key) {
  'use cache';
  const form = new FormData();
  form.append('a', (await call(key)).text);
  return form;
}

async function throwing(key) {
  'use cache';
  throw new TypeError(`thrown ${(await call(key)).text}`);
}

async function readsCookies() {
  'use cache';
  return (await cookies()).size;
}

async function readsHeaders() {
  'use cache';
  return (await headers()).get('x-seen');
}

async function readsDraft() {
  'use cache';
  return (await draftMode()).isEnabled;
}

async function enablesDraft() {
  'use cache';
  (await draftMode()).enable();
}

async function connects() {
  'use cache';
  await connection();
}

async function timed(key) {
  'use cache';
  const before = Date.now();
  return `${typeof before} ${(await call(key)).text}`;
}

async function privately(key) {
  'use cache: private';
  cacheLife('minutes');
  return `${(await cookies()).get('a')?.value} ${(await call(key)).text}`;
}

async function remotely(key) {
  'use cache: remote';
  return (await call(key)).text;
}

async function outer(key, inner) {
  'use cache';
  return `outer ${(await call(`${key}-outer`)).text} ${await tagged(`${key}-inner`, `${key}-tag`)}`;
}

async function takesPromise(key, promise) {
  'use cache';
  return `${await promise} ${(await call(key)).text}`;
}

async function takesFunction(key, run) {
  'use cache';
  return [await run(), (await call(key)).text];
}

async function tags(...list) {
  'use cache';
  cacheTag(...list);
  return 'tagged';
}

async function life(profile) {
  'use cache';
  cacheLife(profile);
  return 'living';
}

function closing(key, captured) {
  const inner = async () => {
    'use cache';
    return `${captured} ${(await call(key)).text}`;
  };
  return inner();
}

const holder = {
  async method(key) {
    'use cache';
    return (await call(key)).text;
  },
};

const show = (value) => {
  const shown = (entry) => {
    const name = Object.prototype.toString.call(entry).slice(8, -1);
    switch (name) {
      case 'Map': return [name, [...entry].map(([key, inner]) => [key, shown(inner)])];
      case 'Set': return [name, [...entry]];
      case 'Date': return [name, entry.getTime()];
      case 'BigInt': return [name, String(entry)];
      case 'Number': return [name, Object.is(entry, -0) ? '-0' : String(entry)];
      case 'Uint8Array': case 'Float64Array': return [name, [...entry]];
      case 'ArrayBuffer': return [name, [...new Uint8Array(entry)]];
      case 'Symbol': return [name, String(entry)];
      case 'Array': return [name, entry.length, 1 in entry];
      default: return [name, String(entry)];
    }
  };
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shown(entry)]));
};

const each = async (calls) => {
  const found = [];
  for (const one of calls) {
    found.push(await outcome(one));
  }
  return found;
};

export const functions = {
  basic: (key) => twice(() => kept(key)),
  whole: (key) => twice(() => whole(key)),
  method: (key) => twice(() => holder.method(key)),
  primitives: (key) => each([[], [1], ['1'], [1n], [true], ['true'], [null], [undefined], [undefined, undefined], [Number.NaN], [-0], [0]].flatMap((args) => [() => told(key, ...args)])),
  objects: (key) => each([{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1, b: '2' }, [1, 2], [[1], 2], {}].map((value) => () => told(key, value))),
  rich: (key) => each([new Map([[1, 2]]), new Map([[1, 3]]), new Map([[1, 2]]), new Set([1]), new Date(5), new Date(6), new Date(5), new Uint8Array([1]), new Uint8Array([2]), new Uint8Array([1])].map((value) => () => told(key, value))),
  'bad-arguments': (key) => each([new Point(1), Symbol('x')].map((value) => () => told(key, value))),
  defaults: (key) => each([() => withDefault(key), () => withDefault(key, undefined), () => withDefault(key, 'default'), () => withDefault(key, 'other')]),
  destructured: (key) => each([() => withObject(key, { a: 1, b: 2 }), () => withObject(key, { a: 1, b: 2, c: 3 }), () => withObject(key, { a: 1, b: 2 })]),
  captured: (key) => each(['a', 'b', 'a'].map((word) => () => closing(key, word))),
  kinds: async (key) => [show(await kinds(key)), show(await kinds(key))],
  stream: (key) => twice(async () => new Response(await streamed(key)).text()),
  shared: async (key) => {
    const value = await shared(key);
    return [value.first === value.second, value.first.value];
  },
  circular: async (key) => outcome(async () => {
    const value = await circular(key);
    return [value.self === value, value.value];
  }),
  copies: async (key) => {
    const one = await shared(key);
    one.first.value = 'changed';
    return (await shared(key)).first.value;
  },
  instance: (key) => twice(() => instance(key)),
  'returns-function': (key) => outcome(() => returnsFunction(key)),
  'returns-symbol': () => outcome(async () => String(await returnsSymbol())),
  'returns-response': (key) => outcome(async () => Object.prototype.toString.call(await returnsResponse(key))),
  'returns-form': (key) => twice(async () => (await returnsForm(key)).get('a')),
  throwing: (key) => twice(() => throwing(key)),
  cookies: () => outcome(readsCookies),
  headers: () => outcome(readsHeaders),
  draft: () => outcome(readsDraft),
  'enables-draft': () => outcome(enablesDraft),
  connects: () => outcome(connects),
  timed: (key) => twice(() => timed(key)),
  private: (key) => twice(() => privately(key)),
  remote: (key) => twice(() => remotely(key)),
  nested: (key) => twice(() => outer(key)),
  promise: (key) => each([1, 2, 1].map((word) => () => takesPromise(key, Promise.resolve(word)))),
  function: (key) => each([1, 2].map((word) => () => takesFunction(key, async () => word))),
  parallel: async (key) => new Set(await Promise.all([1, 2, 3, 4, 5].map(() => kept(key)))).size,
  'life-brief': (key) => outcome(() => living(key, 'brief')),
  tagged: (key) => outcome(() => tagged(key, key)),
  'unknown-life': () => outcome(() => life('nosuch')),
  'empty-life': () => outcome(() => life({})),
  'no-life': () => outcome(() => life()),
  'negative-life': () => outcome(() => life({ revalidate: -1 })),
  'string-life': () => outcome(() => life({ revalidate: '1' })),
  'nan-life': () => outcome(() => life({ revalidate: Number.NaN })),
  'wrong-life': () => outcome(() => life({ revalidate: 100, expire: 50 })),
  'life-outside': () => outcome(async () => cacheLife('minutes')),
  'tag-outside': () => outcome(async () => cacheTag('x')),
  'tag-long': () => outcome(() => tags('x'.repeat(257))),
  'tag-number': () => outcome(() => tags(5)),
  'tags-many': () => outcome(() => tags(...Array.from({ length: 130 }, (_, index) => `many-${index}`))),
};
