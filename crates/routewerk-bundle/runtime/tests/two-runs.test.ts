/** Generations with `cacheComponents`: what is prerendered, and what makes a route dynamic. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

import { watchSyncIo } from '../cache/dynamic/sync-io.ts';
import { useCache } from '../cache/use-cache/use-cache.ts';
import type { HandlerSettings, RouteModule } from '../handler/ports.ts';
import { cacheLife, cacheTag, io, unstable_cache, unstable_noStore } from '../next/cache.ts';
import { cookies, draftMode, headers } from '../next/headers.ts';
import { notFound } from '../next/navigation.ts';
import type { NextRequest } from '../next/request.ts';
import { after, connection } from '../next/server.ts';
import type { RecordedReply } from './fake-call.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';

watchSyncIo();

const ON: Partial<HandlerSettings> = { cacheComponents: true, buildId: 'b' };

interface Facts {
  readonly dynamic: string | null;
  readonly failure: string | null;
  readonly revalidate: number | false | null;
  readonly expire: number | null;
  readonly tags: string[];
}

async function generated(GET: (request: NextRequest) => unknown, kind = 1): Promise<[RecordedReply, Facts]> {
  // Without a scope of its own in the manifest, as a route that names none of what needs one.
  const bench = route({ GET } as RouteModule, { scope: false }, ON, new FakeFront().ask);
  const reply = await bench.call({ generation: kind, url: 'http://localhost:3000/x?a=1' });
  return [reply, JSON.parse(reply.facts as string) as Facts];
}

function cached(run: () => unknown, id = 'id'): () => Promise<unknown> {
  return useCache.make(id, 'default', 0, '', null, () => run) as () => Promise<unknown>;
}

const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));

describe('a generation with cacheComponents', () => {
  const fixed: ReadonlyArray<readonly [string, (request: NextRequest) => unknown]> = [
    ['nothing', () => 'plain'],
    ['the path and the method', (request) => `${request.method} ${request.nextUrl.pathname}`],
    ['what is done in the same turn', async () => (await Promise.resolve().then(() => Promise.resolve(1))) + 1],
    ['a file that is read at once', () => readFileSync('/dev/null', 'utf8')],
    ['draft mode', async () => (await draftMode()).isEnabled],
    ['unstable_noStore', () => unstable_noStore()],
    ['a cached function', cached(async () => { await wait(); return Math.random() > 2; })],
    ['a cached function of the old kind', unstable_cache(async () => { await wait(); return 1; }, ['two'])],
    ['cached functions one after the other', async () => {
      const one = await cached(async () => { await wait(); return 1; }, 'one')();
      return [one, await cached(async () => { await wait(); return 2; }, 'two')()];
    }],
    ['headers that nobody waits for', () => void headers()],
    ['cookies that are slower than something else', () => Promise.race([cookies().then(() => 1), Promise.resolve(2)])],
    ['a time that is given', () => new Date(5).getTime()],
  ];
  for (const [name, use] of fixed) {
    it(`is static with ${name}`, async () => {
      const [reply, facts] = await generated(async (request) => Response.json((await use(request)) ?? null));
      assert.deepEqual([facts.dynamic, facts.failure, reply.status], [null, null, 200]);
    });
  }

  const changing: ReadonlyArray<readonly [string, (request: NextRequest) => unknown]> = [
    ['headers', () => headers()],
    ['cookies', () => cookies()],
    ['connection', () => connection()],
    ['io', () => io()],
    ['request.url', (request) => request.url],
    ['nextUrl.search', (request) => request.nextUrl.search],
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date()],
    ['Math.random()', () => Math.random()],
    ['crypto.randomUUID()', () => crypto.randomUUID()],
    ["require('node:crypto').randomUUID(size)", () => randomUUID()],
    ['fetch()', () => fetch('http://127.0.0.1:1/')],
    ['IO that was not cached', () => wait()],
    ['IO that was not cached', () => new Promise((resolve) => setImmediate(resolve))],
    ['IO that was not cached', () => readFile('/dev/null')],
    ['"use cache"', cached(() => cacheLife('seconds'))],
    ['"use cache"', cached(() => cacheLife({ stale: 0, revalidate: 2, expire: 400 }))],
  ];
  for (const [name, use] of changing) {
    it(`of a build is dynamic with ${name}`, async () => {
      const [, facts] = await generated(async (request) => Response.json((await use(request)) ?? null));
      assert.deepEqual([facts.dynamic, facts.failure], [name, null]);
    });
  }

  it('takes a stream that is ready, and is dynamic with one that is not', async () => {
    const stream = (delay: boolean) => (): Response =>
      new Response(
        new ReadableStream({
          async start(controller): Promise<void> {
            if (delay) {
              await wait();
            }
            controller.enqueue(new TextEncoder().encode('streamed'));
            controller.close();
          },
        }),
      );
    const [ready, facts] = await generated(stream(false));
    assert.deepEqual([ready.text, facts.dynamic], ['streamed', null]);
    assert.equal((await generated(stream(true)))[1].dynamic, 'IO that was not cached');
  });

  it('has the lifetime and the tags of what is cached', async () => {
    const load = cached(() => {
      cacheLife('minutes');
      cacheTag('t');
      return 1;
    });
    const [, facts] = await generated(async () => Response.json(await load()));
    assert.deepEqual([facts.revalidate, facts.expire, facts.tags.at(-1)], [60, 3600, 't']);
  });

  it('runs the handler twice and what is cached once', async () => {
    let runs = 0;
    let loads = 0;
    let left = 0;
    const load = cached(async () => {
      await wait();
      loads += 1;
      return loads;
    });
    const [reply] = await generated(async () => {
      runs += 1;
      after(() => {
        left += 1;
      });
      return Response.json(await load());
    });
    assert.deepEqual([reply.text, runs, loads, left, reply.wantSent], ['1', 2, 1, 1, true]);
  });

  it('keeps notFound(), and fails with what is thrown', async () => {
    const [missing, facts] = await generated(() => notFound());
    assert.deepEqual([missing.status, facts.dynamic, facts.failure], [404, null, null]);
    const [, thrown] = await generated(() => {
      throw new Error('kaput');
    });
    assert.ok(thrown.failure?.startsWith('Error: kaput'));
  });

  it('at run time fails with what is dynamic', async () => {
    const [reply, facts] = await generated(async () => new Response(String(await headers())), 3);
    assert.equal(reply.status, 500);
    assert.ok(facts.failure?.includes("couldn't be rendered statically because it used `headers`"), facts.failure ?? '');
  });

  it('leaves time and chance alone outside of generations', async () => {
    assert.ok(Date.now() > 1e12 && new Date() instanceof Date && new Date().constructor === Date && typeof Date() === 'string');
    assert.equal(new Date(5).getTime(), 5);
    const bench = route({ GET: () => new Response(String(Math.random() < 1 && randomUUID().length)) }, {}, ON);
    assert.equal((await bench.call()).text, '36');
  });
});
