/** `cacheHandler` of next.config: how entries and values cross to the user's store, and what one that misbehaves costs. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';

import { ANSWER_LIMIT_MS, REST_MS } from '../cache/user/user-store.ts';
import { unstable_cache } from '../next/cache.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';
import type { Bench } from './harness.ts';
import type { RecordedReply } from './fake-call.ts';

const LOOK_UP = 4;
const KEEP = 5;
const URL_OF_ENTRY = 'http://localhost:3000/a%20b/c%2Fd/';

/** What a test's store does. */
interface Methods {
  get?: (key: string, context: object) => unknown;
  set?: (key: string, data: unknown, context: object) => unknown;
  revalidateTag?: (tags: unknown, durations: unknown) => unknown;
}

let made: object[] = [];

/** A route of a project with a store. */
function bench(methods: Methods, handler: () => unknown = () => new Response('')): Bench {
  class Store {
    get = methods.get ?? ((): undefined => undefined);
    set = methods.set ?? ((): undefined => undefined);
    revalidateTag = methods.revalidateTag ?? ((): undefined => undefined);

    constructor(options: object) {
      made.push(options);
    }
  }
  const front = new FakeFront();
  const ask = async (topic: string, value: unknown): Promise<unknown> =>
    topic === 'cache.touched' ? { touched: 'no' } : front.ask(topic, value);
  return route({ GET: handler }, { pattern: '/[...rest]', file: 'app/(group)/[...rest]/route.ts' }, {}, ask, {
    // A module of its own each time: what was loaded for another test is not asked.
    configModules: { cacheHandler: { file: './store.mjs', entry: String(made.length) } },
    loadConfigExport: async () => ({ value: Store }),
  });
}

async function lookUp(methods: Methods): Promise<RecordedReply & { found: Record<string, unknown>; logs: string[] }> {
  const { call, logs } = bench(methods);
  const reply = await call({ url: URL_OF_ENTRY, generation: LOOK_UP });
  return Object.assign(reply, { found: JSON.parse(reply.facts ?? '{}') as Record<string, unknown>, logs });
}

const ENTRY = {
  kind: 'APP_ROUTE',
  status: 201,
  headers: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'], 'x-next-cache-tags': 'one,two' },
  body: Buffer.from([0, 255]),
};

beforeEach(() => {
  made = [];
});

describe('entries', () => {
  it('are asked for by the key of Next.js', async () => {
    const keys: string[] = [];
    const { found } = await lookUp({ get: (key) => void keys.push(key) });
    // The sha256 of `/(group)/[...rest]/route`.
    const source = 'bcb089e871169f4b0480c623e6f2fbd24bfe87c39c47c3f3271772c72e16761a';
    assert.deepEqual(keys, [`/route-cache/APP_ROUTE/${source}/$/a b/c%2Fd`]);
    assert.equal(found['found'], null);
  });

  it('cross with what the store says of them', async () => {
    const reply = await lookUp({ get: () => ({ value: ENTRY, lastModified: 5000, cacheControl: { revalidate: 7, expire: 70 } }) });
    assert.equal(reply.status, 201);
    assert.deepEqual(reply.fields, [['content-type', 'text/plain'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-next-cache-tags', 'one,two']]);
    assert.deepEqual([...(reply.body ?? [])], [0, 255]);
    const expected = { dynamic: null, failure: null, revalidate: 7, expire: 70, tags: ['one', 'two'], found: 5000 };
    assert.deepEqual(reply.found, expected);
  });

  it('are as old as the store says', async () => {
    for (const [lastModified, expected] of [[-1, 'outdated'], [undefined, 'unknown'], [Number.NaN, 'unknown'], ['5', 'unknown'], [1.5, 1.5]]) {
      const { found } = await lookUp({ get: () => ({ value: ENTRY, lastModified }) });
      assert.deepEqual([found['found'], found['revalidate']], [expected, null]);
    }
  });

  it('that are none are a miss, told of once', async () => {
    const rubbish = [
      5,
      'text',
      {},
      { value: null },
      { value: { ...ENTRY, kind: 'PAGES' } },
      { value: { ...ENTRY, body: { type: 'Buffer', data: [1] } } },
      { value: { ...ENTRY, status: 99 } },
      { value: { ...ENTRY, headers: undefined } },
      { value: { ...ENTRY, headers: { 'a\nb': '1' } } },
      { value: { ...ENTRY, headers: { a: 'x\r\ny: z' } } },
    ];
    const { call, logs } = bench({ get: () => rubbish.shift() });
    while (rubbish.length > 0) {
      const reply = await call({ url: URL_OF_ENTRY, generation: LOOK_UP });
      assert.equal((JSON.parse(reply.facts ?? '{}') as { found: unknown }).found, null);
    }
    assert.equal(logs.filter((line) => line.includes('something else than an entry')).length, 1, logs.join('\n'));
  });

  it('are handed over in the form of Next.js', async () => {
    const seen: unknown[] = [];
    const { call } = bench({ set: (...given) => void seen.push(...given.slice(1)) });
    const body = Buffer.concat([Buffer.from('200 60 never\none,two\n'), Buffer.from([10, 0, 255])]);
    await call({ url: URL_OF_ENTRY, generation: KEEP, body, headers: [['x-a', '1'], ['x-a', '2'], ['set-cookie', 'a'], ['set-cookie', 'b']] });
    assert.deepEqual(seen, [
      {
        kind: 'APP_ROUTE',
        status: 200,
        headers: { 'x-a': '1, 2', 'set-cookie': ['a', 'b'], 'x-next-cache-tags': 'one,two' },
        body: Buffer.from([10, 0, 255]),
      },
      { kind: 'APP_ROUTE', isRoutePPREnabled: false, isFallback: false, cacheControl: { revalidate: 60, expire: undefined } },
    ]);
  });
});

describe('a store', () => {
  it('gets the options of Next.js, and the fields of the request for what a call keeps', async () => {
    const cached = unstable_cache(async () => 1, ['options']);
    const { call } = bench({}, async () => Response.json(await cached()));
    await call({ headers: [['x-own', 'yes']] });
    const [options] = made as Array<Record<string, unknown>>;
    const names = ['dev', 'fs', 'flushToDisk', 'serverDistDir', 'revalidatedTags', 'maxMemoryCacheSize', '_requestHeaders', 'fetchCacheKeyPrefix'];
    assert.deepEqual(Object.keys(options ?? {}), names);
    assert.equal((options?.['_requestHeaders'] as Record<string, string>)['x-own'], 'yes');
    made = [];
    await call({ url: URL_OF_ENTRY, generation: LOOK_UP });
    assert.deepEqual((made as Array<Record<string, unknown>>)[0]?.['_requestHeaders'], {}, 'an entry is nobody’s');
  });

  it('that hangs costs one wait and is left alone for a while', async () => {
    let asked = 0;
    const cached = unstable_cache(async () => 'made', ['hangs']);
    const { call, logs } = bench(
      {
        get: () => {
          asked += 1;
          return new Promise(() => undefined);
        },
      },
      async () => Response.json(await cached()),
    );
    mock.timers.enable({ apis: ['setTimeout'] });
    let now = performance.now();
    const clock = mock.method(performance, 'now', () => now);
    try {
      const first = call({});
      for (let turn = 0; turn < 20; turn += 1) {
        await Promise.resolve();
      }
      mock.timers.tick(ANSWER_LIMIT_MS);
      assert.equal((await first).text, '"made"');
      assert.equal((await call({})).text, '"made"');
      assert.equal(asked, 1);
      assert.equal(logs.filter((line) => line.includes('has not answered within 5 s')).length, 1, logs.join('\n'));
      now += REST_MS + 1;
      const later = call({});
      for (let turn = 0; turn < 20; turn += 1) {
        await Promise.resolve();
      }
      mock.timers.tick(ANSWER_LIMIT_MS);
      await later;
      assert.equal(asked, 2);
    } finally {
      clock.mock.restore();
      mock.timers.reset();
    }
  });
});
