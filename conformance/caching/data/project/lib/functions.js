import { cacheLife, cacheTag, unstable_cache, unstable_noStore } from 'next/cache';
import { cookies, draftMode, headers } from 'next/headers';
import { connection } from 'next/server';
import { at, outcome, text } from './origin.js';

const load = (key) => text(at(key), { cache: 'no-store' });
const twice = async (run) => [await outcome(run), await outcome(run)];
const made = (key, make, options) => unstable_cache(make, [key], options);

export const functions = {
  basic: (key) => twice(made(key, () => load(key))),
  arguments: async (key) => {
    const kept = made(key, async (...args) => `${JSON.stringify(args)} ${await load(key)}`);
    return [await kept('a'), await kept('b'), await kept('a'), await kept('a', undefined), await kept({ x: 1 }), await kept({ x: 1 }), await kept([1]), await kept()];
  },
  'key-parts': async (key) => {
    const make = () => load(key);
    return [await unstable_cache(make, [key, 'a'])(), await unstable_cache(make, [key, 'b'])(), await unstable_cache(make, [key, 'a'])()];
  },
  'key-parts-joined': async (key) => {
    const make = () => load(key);
    return [await unstable_cache(make, [key, 'a', 'b'])(), await unstable_cache(make, [key, 'a,b'])()];
  },
  'no-key-parts': async (key) => twice(unstable_cache(async (word) => `${word} ${await load(key)}`).bind(null, key)),
  captured: async (key) => {
    const found = [];
    for (const captured of ['a', 'b']) {
      found.push(await made(key, async () => `${captured} ${await load(key)}`)());
    }
    return found;
  },
  kinds: async (key) => {
    const kept = made(key, async () => ({ date: new Date(0), nothing: undefined, none: null, map: new Map([[1, 2]]), set: new Set([1]), number: Number.NaN, nested: { list: [1, undefined, new Date(1)] }, value: await load(key) }));
    const show = (value) => Object.entries(value).map(([name, entry]) => [name, Object.prototype.toString.call(entry), JSON.stringify(entry) ?? 'undefined']);
    return [show(await kept()), show(await kept())];
  },
  undefined: async (key) => {
    const kept = made(key, async () => {
      await load(key);
    });
    return [String(await kept()), String(await kept())];
  },
  null: async (key) => twice(made(key, async () => (await load(key), null))),
  bigint: (key) => twice(made(key, async () => ({ big: 1n, value: await load(key) }))),
  circular: (key) =>
    twice(
      made(key, async () => {
        const value = { value: await load(key) };
        value.self = value;
        return value;
      }),
    ),
  throws: (key) =>
    twice(
      made(key, async () => {
        throw new Error(`thrown ${await load(key)}`);
      }),
    ),
  big: async (key) => {
    const kept = made(key, async () => 'x'.repeat(2_200_000) + (await load(key)));
    return [(await kept()).length, (await kept()).length];
  },
  'revalidate-1': (key) => made(key, () => load(key), { revalidate: 1 })(),
  'revalidate-60': (key) => twice(made(key, () => load(key), { revalidate: 60 })),
  'revalidate-zero': (key) => outcome(() => made(key, () => load(key), { revalidate: 0 })()).then((text) => text.split(' () =>')[0].split(' ()=>')[0]),
  negative: (key) => outcome(() => made(key, () => load(key), { revalidate: -1 })()),
  'not-a-number': (key) => outcome(() => made(key, () => load(key), { revalidate: Number.NaN })()),
  'a-string': (key) => outcome(() => made(key, () => load(key), { revalidate: '60' })()),
  'tag-number': (key) => outcome(() => made(key, () => load(key), { tags: [5] })()),
  'tag-long': (key) => outcome(() => made(key, () => load(key), { tags: ['x'.repeat(257)] })()),
  'empty-tag': (key) => twice(made(key, () => load(key), { tags: [''] })),
  cookies: (key) => outcome(made(key, async () => (await cookies()).size)),
  headers: (key) => outcome(made(key, async () => (await headers()).get('host'))),
  draft: (key) => outcome(made(key, async () => (await draftMode()).isEnabled)),
  'draft-enable': (key) => outcome(made(key, async () => (await draftMode()).enable())),
  connection: (key) => outcome(made(key, () => connection())),
  'no-store': (key) => twice(made(key, async () => (unstable_noStore(), load(key)))),
  nested: (key) => twice(made(key, async () => `outer ${await made(`${key}-inner`, () => load(key))()}`)),
  'nested-fetch': (key) => twice(made(key, async () => text(at(key), { cache: 'force-cache' }))),
  parallel: async (key) => {
    const kept = made(key, () => load(key));
    return new Set(await Promise.all([1, 2, 3, 4, 5].map(() => kept()))).size;
  },
  'sync': (key) => twice(made(key, () => `sync ${key}`)),
  'life-without-flag': () => outcome(async () => cacheLife('minutes')),
  'tag-without-flag': () => outcome(async () => cacheTag('x')),
};
