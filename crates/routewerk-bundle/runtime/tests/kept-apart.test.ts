/**
 * What is kept for one asker never reaches another: what of a `fetch` or of arguments is in the key, what is sent is what was keyed, and
 * nothing that a cached function says costs its worker. SECURITY.md names these tests.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';

import { addDispatcher } from '../cache/fetch/dispatcher-key.ts';
import { KeyHash } from '../cache/key.ts';
import { useCache } from '../cache/use-cache/use-cache.ts';
import { whenAfterWorkIsDone } from '../handler/after.ts';
import { unstable_cache } from '../next/cache.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';

type Options = RequestInit & { next?: { revalidate?: unknown; tags?: unknown } };

let server: Server;
let origin = '';
let front = new FakeFront();

before(async () => {
  server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1').replace(/-{4,}[\w-]+/g, '');
      response.end(`${request.method} ${request.url} ${request.headers['authorization'] ?? ''} ${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  front = new FakeFront();
});

/** What a handler that does this answers. */
async function answer(handler: () => unknown): Promise<string> {
  const bench = route({ GET: async () => new Response(String(await handler())) }, {}, { cacheComponents: true }, front.ask);
  const reply = await bench.call({ url: 'http://localhost:3000/x' });
  await whenAfterWorkIsDone();
  return reply.text;
}

const KEPT: Options = { cache: 'force-cache' };
const get = async (input: RequestInfo | URL, options: Options = KEPT): Promise<string> =>
  (await fetch(input, options as RequestInit)).text();
const keys = (): string[] => front.asked.filter(([topic]) => topic === 'cache.get').map(([, { key }]) => key);

describe('a kept fetch', () => {
  it('is sent as it was when it was called, whatever becomes of its URL', async () => {
    const all = await answer(async () => {
      const url = new URL(`${origin}/of`);
      const asked = ['one', 'two', 'three'].map((user) => {
        url.searchParams.set('user', user);
        return get(url);
      });
      return (await Promise.all(asked)).map((text) => text.trim()).join();
    });
    assert.equal(all, 'GET /of?user=one,GET /of?user=two,GET /of?user=three');
    assert.equal(await answer(() => get(`${origin}/of?user=one`)), 'GET /of?user=one  ');
  });

  it('is sent as it was when it was called, whatever becomes of its options', async () => {
    const all = await answer(async () => {
      const headers = new Headers();
      const options: Options = { ...KEPT, headers };
      const asked = ['one', 'two'].map((user) => {
        headers.set('authorization', user);
        return get(`${origin}/me`, options);
      });
      options.method = 'POST';
      return (await Promise.all(asked)).map((text) => text.trim()).join();
    });
    assert.equal(all, 'GET /me one,GET /me two');
    assert.equal(await answer(() => get(`${origin}/me`, { ...KEPT, headers: { authorization: 'one' } })), 'GET /me one ');
  });

  it('of a request is sent as it was when it was called', async () => {
    const all = await answer(async () => {
      const request = new Request(`${origin}/me`, { cache: 'force-cache', headers: { authorization: 'one' } });
      const asked = fetch(request);
      request.headers.set('authorization', 'two');
      return (await asked).text();
    });
    assert.equal(all, 'GET /me one ');
  });

  it('with a form is sent as it was when it was called', async () => {
    const all = await answer(async () => {
      const body = new FormData();
      body.set('user', 'one');
      const asked = get(`${origin}/form`, { ...KEPT, method: 'POST', body });
      body.set('user', 'two');
      return asked;
    });
    assert.match(all, /one/);
    assert.doesNotMatch(all, /two/);
  });

  it('takes methods for one only where the platform does', async () => {
    await answer(async () => {
      for (const method of ['get', 'GET', 'report', 'REPORT']) {
        await get(`${origin}/m`, { ...KEPT, method }).catch(() => undefined);
      }
    });
    const [small, large, other, another] = keys();
    assert.equal(small, large);
    assert.equal(new Set([small, other, another]).size, 3);
  });

  it('keeps apart what goes through different dispatchers, and knows an agent by its options', async () => {
    class Agent {
      constructor(options: object) {
        Object.assign(this, { [Symbol('options')]: options, [Symbol('factory')]: makePool });
      }
      dispatch(): void {}
    }
    const makePool = (): void => undefined;
    const [one, other] = [{ dispatch: makePool }, { dispatch: makePool }];
    const composed = Object.assign(new Agent({ connect: { timeout: 5 } }), { dispatch: makePool });
    const dispatchers = [
      ...[undefined, one, other, composed, new Agent({}), new Agent({ connect: { timeout: 5 } }), new Agent({ connect: { timeout: 6 } })],
      ...[new Agent({ cert: Buffer.from('a') }), new Agent({ cert: Buffer.from('b') }), new Agent({ lookup: () => 1 }), new Agent({ lookup: () => 1 })],
    ];
    const keyed = async (dispatcher: unknown): Promise<string> => {
      const key = new KeyHash('test');
      addDispatcher(key, dispatcher);
      return key.hex();
    };
    const all = await Promise.all(dispatchers.map(keyed));
    assert.equal(new Set(all).size, dispatchers.length);
    assert.equal(await keyed(new Agent({ connect: { timeout: 5 } })), all[5]);
    assert.equal(await keyed(one), all[1]);
  });

  it('sees options that come from a prototype', async () => {
    const options = Object.create({ headers: { authorization: 'inherited' }, cache: 'force-cache' }) as Options;
    assert.equal(await answer(() => get(`${origin}/me`, options)), 'GET /me inherited ');
  });
});

describe('unstable_cache', () => {
  it('keeps calls apart whose arguments JSON writes alike', async () => {
    const load = unstable_cache(async (value: unknown) => typeof value);
    const values = [
      ...[new Map([['user', 1]]), new Map([['user', 2]]), new Map(), new Set([1]), new Set([2]), new Set([new Map([[1, 2]])])],
      ...[null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, {}, { undefined: true }],
      ...[new URLSearchParams('user=1'), new URLSearchParams('user=2'), new Headers({ a: '1' }), new Headers({ a: '2' })],
      ...[/one/, /two/, Symbol('one'), Symbol('two'), new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
    ];
    await answer(async () => {
      for (const value of values) {
        await load(value);
        await load([value]);
      }
    });
    assert.equal(new Set(keys()).size, 2 * values.length);
  });

  it('keeps functions apart that have no text of their own', async () => {
    const store = {
      users: async (id: number) => `user ${id}`,
      orders: async (id: number) => `order ${id}`,
    };
    const users = unstable_cache(store.users.bind(store));
    const orders = unstable_cache(store.orders.bind(store));
    assert.equal(await answer(async () => [await users(1), await orders(1)].join()), 'user 1,order 1');
  });
});

describe("a function with 'use cache'", () => {
});

describe('look-ups', () => {
  it('of what is being made never wait for those who wait for it', { timeout: 20_000 }, async () => {
    const level = (depth: number): ((...args: unknown[]) => Promise<unknown>) => {
      const below = depth === 0 ? null : level(depth - 1);
      const run = async (): Promise<unknown> => (below === null ? 'made' : below());
      return useCache.make(`level ${depth}`, 'default', 0, '', null, () => run) as (...args: unknown[]) => Promise<unknown>;
    };
    const outer = level(4);
    const bench = route({ GET: async () => new Response(String(await outer())) }, {}, { cacheComponents: true }, front.ask);
    const replies = await Promise.all(Array.from({ length: 1500 }, () => bench.call({ url: 'http://localhost:3000/x' })));
    assert.deepEqual([...new Set(replies.map((reply) => reply.text))], ['made']);
  });
});

describe('the facts of a generation', () => {
  it('have no lifetime below zero, which the front would take for a broken worker', async () => {
    const brief = unstable_cache(async () => 'brief', ['brief'], { revalidate: -0.5 });
    const bench = route({ GET: async () => new Response(await brief()), revalidate: 60 }, {}, {}, front.ask);
    const reply = await bench.call({ url: 'http://localhost:3000/x', generation: 2 });
    await whenAfterWorkIsDone();
    assert.equal((JSON.parse(reply.facts ?? '{}') as { revalidate: unknown }).revalidate, 0);
  });
});
