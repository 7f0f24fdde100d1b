/** Lifetimes of cached functions inside of others, where they are prerendered: what makes the outer one dynamic has to be said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { useCache } from '../cache/use-cache/use-cache.ts';
import type { HandlerSettings, RouteModule } from '../handler/ports.ts';
import { cacheLife } from '../next/cache.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';

const ON: Partial<HandlerSettings> = { cacheComponents: true, buildId: 'b' };

interface Facts {
  readonly dynamic: string | null;
  readonly failure: string | null;
  readonly revalidate: number | false | null;
}

/** What a generation says whose handler calls a function that calls another one. */
async function generated(inner: () => void, outer: () => void, settings: Partial<HandlerSettings> = {}): Promise<Facts> {
  const within = cached('inner', () => inner());
  const around = cached('outer', async () => {
    outer();
    await within();
  });
  const GET = async (): Promise<Response> => {
    await around();
    return new Response('done');
  };
  const bench = route({ GET } as RouteModule, {}, { ...ON, ...settings }, new FakeFront().ask);
  const reply = await bench.call({ generation: 1, url: 'http://localhost:3000/x' });
  return JSON.parse(reply.facts as string) as Facts;
}

function cached(id: string, run: () => unknown): () => Promise<unknown> {
  return useCache.make(id, 'default', 0, '', null, () => run) as () => Promise<unknown>;
}

const nothing = (): void => undefined;
const seconds = (): void => cacheLife('seconds');
const zero = (): void => cacheLife({ revalidate: 0 });

describe('a cached function around one that lives briefly', () => {
  it('fails to be prerendered where it says nothing', async () => {
    const short = await generated(seconds, nothing);
    assert.equal(short.dynamic, null);
    assert.match(short.failure ?? '', /^Error: Route "\/x": A nested `"use cache"` with a short `expire` \(under 5 minutes\) is inside an outer/);
    assert.match(short.failure ?? '', /\[cause\]: Nested dynamic "use cache": This "use cache" has a dynamic cache life that was propagated/);
    const never = await generated(zero, nothing);
    assert.match(never.failure ?? '', /^Error: Route "\/x": A nested `"use cache"` with `revalidate: 0` is inside an outer/);
    const halfSaid = await generated(seconds, () => cacheLife({ revalidate: 60 }));
    assert.match(halfSaid.failure ?? '', /with a short `expire`/);
  });

  it('is prerendered where it says that it lives longer', async () => {
    assert.deepEqual(await generated(seconds, () => cacheLife('hours')).then(({ failure, revalidate }) => [failure, revalidate]), [null, 3600]);
  });

  it('is dynamic where it says so itself', async () => {
    for (const outer of [seconds, zero]) {
      const { dynamic, failure } = await generated(seconds, outer);
      assert.deepEqual([dynamic, failure], ['"use cache"', null]);
    }
  });

  it('is dynamic where every function is, by the default of next.config', async () => {
    const { dynamic, failure } = await generated(nothing, nothing, { cacheLife: { default: { stale: 60, revalidate: 10, expire: 60 } } });
    assert.deepEqual([dynamic, failure], ['"use cache"', null]);
  });
});
