/** `'use cache'` as the compiler calls it: what is in the key, what survives, what is said of its lifetime, and what it may not do. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { useCache } from '../cache/use-cache/use-cache.ts';
import { whenAfterWorkIsDone } from '../handler/after.ts';
import type { HandlerSettings } from '../handler/ports.ts';
import { cacheLife, cacheTag, revalidateTag, unstable_cache } from '../next/cache.ts';
import { cookies, headers } from '../next/headers.ts';
import { notFound } from '../next/navigation.ts';
import { connection } from '../next/server.ts';
import type { CallSpec } from './fake-call.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';

const ON: Partial<HandlerSettings> = { cacheComponents: true, buildId: 'b1', cacheLife: { brief: { revalidate: 5, expire: 60 } } };
const GENERIC = /^Error: An error occurred in the Server Components render\. The specific message is omitted/;

let front = new FakeFront();
let logs: string[] = [];

beforeEach(() => {
  front = new FakeFront();
});

/** What a handler shows of what it has got. */
async function shown(handler: () => unknown, spec: CallSpec = {}, settings = ON): Promise<string> {
  const GET = async (): Promise<Response> => {
    try {
      return new Response(String(await handler()));
    } catch (failure) {
      return new Response(String(failure));
    }
  };
  const bench = route({ GET }, {}, settings, front.ask);
  logs = bench.logs;
  const reply = await bench.call({ url: 'http://localhost:3000/x', ...spec });
  await whenAfterWorkIsDone();
  return reply.text;
}

/** A cached function, as the compiler wraps it. */
function cached<A extends unknown[]>(run: (...args: A) => unknown, id = 'id', kind = 'default', captured: unknown[] = []) {
  const bound = captured.length === 0 ? null : captured;
  return useCache.make(id, kind, -1, '', bound, () => run as (...args: unknown[]) => unknown) as (...args: A) => Promise<unknown>;
}

/** Counts its runs. */
function counter(): { runs: number; next(): number } {
  return {
    runs: 0,
    next(): number {
      this.runs += 1;
      return this.runs;
    },
  };
}

describe('use cache', () => {
  it('runs once for the same arguments, captured variables, function and build', async () => {
    const count = counter();
    const run = (...args: unknown[]): string => `${args.length} ${count.next()}`;
    const groups = [
      [[], [1], ['1'], [1n], [true], [null], [undefined], [undefined, undefined], [Number.NaN], [-0], [0]],
      [[{ a: 1, b: 2 }], [{ b: 2, a: 1 }], [[1, 2]], [[[1], 2]]],
      [[new Map([[1, 2]])], [new Map([[1, 3]])], [new Set([1])], [new Date(5)], [new Date(6)], [new Uint8Array([1])]],
    ];
    const ask = (): Promise<string> =>
      shown(async () => {
        const found: unknown[] = [];
        for (const args of groups.flat()) {
          found.push(await cached(run)(...args));
        }
        return found.join();
      });
    const first = await ask();
    assert.equal(count.runs, groups.flat().length);
    assert.equal(await ask(), first);
    assert.equal(count.runs, groups.flat().length);
    await shown(() => cached(run, 'id', 'default', ['captured'])());
    await shown(() => cached(run, 'other id')());
    await shown(() => cached(run)(), {}, { ...ON, buildId: 'b2' });
    assert.equal(count.runs, groups.flat().length + 3);
  });

  it('gives every caller a value of his own, also the first', async () => {
    const made = { inner: { value: 1 } };
    const load = cached(() => made);
    const first = await shown(async () => {
      const mine = (await load()) as typeof made;
      mine.inner.value = 2;
      return mine === made;
    });
    assert.equal(first, 'false');
    assert.equal(await shown(async () => ((await load()) as typeof made).inner.value), '1');
  });

  it('is made once for all who ask at the same time', async () => {
    const count = counter();
    const load = cached(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return count.next();
    });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => shown(load)));
    assert.deepEqual(answers, ['1', '1', '1', '1', '1']);
  });

  it('is made anew before anybody gets what is older than its revalidate', async () => {
    const count = counter();
    const load = cached(() => {
      cacheLife('brief');
      return count.next();
    });
    assert.equal(await shown(load), '1');
    front.now += 6;
    // The front of these tests knows no `expire`; what is asked of it is what counts.
    const stored = front.asked.find(([topic]) => topic === 'cache.set')?.[1];
    assert.deepEqual([stored?.revalidate, stored?.expire], [false, 5]);
  });

  it('lasts as long as the shortest of what cacheLife says, where that is silent of what it uses', async () => {
    const inner = cached(() => {
      cacheLife({ revalidate: 20, expire: 90 });
      cacheTag('inner');
      return 1;
    }, 'inner');
    const silent = cached(async () => {
      cacheTag('silent');
      return inner();
    }, 'silent');
    const saying = cached(async () => {
      cacheLife('days');
      cacheLife('hours');
      cacheTag('saying');
      return inner();
    }, 'saying');
    await shown(async () => [await silent(), await saying()]);
    const sets = front.asked.filter(([topic]) => topic === 'cache.set').map(([, set]) => [set.expire, set.tags]);
    assert.deepEqual(sets, [[20, ['inner']], [20, ['silent', 'inner']], [3600, ['saying', 'inner']]]);
  });

  it('is given out once more when its tag has become stale, and at once anew when it has expired', async () => {
    const count = counter();
    const load = cached(() => {
      cacheTag('t');
      return count.next();
    });
    await shown(load);
    await shown(() => revalidateTag('t', 'max'));
    assert.equal(await shown(load), '1');
    assert.equal(await shown(load), '2');
    await shown(() => revalidateTag('t', { expire: 0 }));
    assert.equal(await shown(load), '3');
  });

  it('that fails runs once per request, and again for the next', async () => {
    const count = counter();
    const load = cached(() => {
      throw new Error(`no ${count.next()}`);
    });
    const failure = (): Promise<string> => load().then(String, (thrown: unknown) => (thrown as { digest: string }).digest);
    const both = async (): Promise<boolean> => {
      const first = await failure();
      return first === (await failure());
    };
    assert.equal(await shown(both), 'true');
    assert.equal(count.runs, 1);
    await shown(both);
    assert.equal(count.runs, 2);
    await shown(async () => Promise.all([failure(), failure(), failure()]));
    assert.equal(count.runs, 3);
    await shown(async () => {
      await failure();
      await new Promise((resolve) => setImmediate(resolve));
      return failure();
    });
    assert.equal(count.runs, 5);
  });

  it('runs per request where it is private, and once there', async () => {
    const count = counter();
    const load = cached(async () => `${(await cookies()).get('a')?.value} ${count.next()}`, 'id', 'private');
    const both = async (): Promise<string> => `${await load()}, ${await load()}`;
    assert.equal(await shown(both, { headers: [['cookie', 'a=1']] }), '1 1, 1 1');
    assert.equal(await shown(both, { headers: [['cookie', 'a=2']] }), '2 2, 2 2');
    assert.deepEqual(front.asked, []);
  });

  it('is not private inside of what is shared', async () => {
    const own = cached(async () => (await cookies()).size, 'own', 'private');
    assert.match(await shown(cached(() => own(), 'shared')), GENERIC);
    assert.ok(logs[0]?.includes('`"use cache: private"` can\'t be nested inside `"use cache"`'), logs[0]);
    const inside = unstable_cache(() => own(), ['x']);
    assert.match(await shown(inside), /^Error: Route "\/x": `"use cache: private"` can't be used inside `unstable_cache\(\)`/);
    assert.equal(await shown(cached(() => own(), 'outer own', 'private')), '0');
    await assert.rejects(own(), /needs an active request/);
  });

  it('has no kind that is not configured', async () => {
    assert.equal(await shown(cached(() => 1, 'id', 'mine')), 'Error: Unknown cache handler: mine');
    assert.equal(await shown(cached(() => 1, 'id', 'remote')), '1');
  });

  it('has no request inside, and its errors show in the log alone', async () => {
    for (const [read, name] of [[cookies, 'cookies()'], [headers, 'headers()']] as const) {
      assert.match(await shown(cached(async () => String(await read()))), GENERIC);
      assert.ok(logs[0]?.startsWith(`error: ⨯ Error: Route "/x": \`${name}\` can't be read inside \`"use cache"\`.`), logs[0]);
      assert.match(logs[0] ?? '', /digest: '\d+'/);
    }
    assert.match(await shown(cached(() => connection())), GENERIC);
    assert.match(await shown(cached(() => connection(), 'own', 'private')), GENERIC);
    assert.ok(logs[0]?.includes('`connection()` can\'t be called inside `"use cache: private"`'), logs[0]);
    assert.match(await shown(cached(() => revalidateTag('x', 'max'))), GENERIC);
    assert.equal(front.kept.size, 0);
    const development = { ...ON, mode: 'development' } as const;
    assert.equal(await shown(cached(() => { throw new TypeError('mine'); }), {}, development), 'TypeError: mine');
  });

  it('cannot look into an argument that has no text, and its caller gets it back', async () => {
    const load = cached((...args: unknown[]) => args.length);
    assert.equal(await shown(() => load(() => 1)), '1');
    const call = cached((run: () => unknown) => run(), 'calls');
    assert.match(await shown(() => call(() => 1)), GENERIC);
    assert.ok(logs[0]?.includes('Attempted to call a temporary Client Reference from the server but it is on the client.'), logs[0]);
    const read = cached((run: { name: unknown; x: unknown }) => String(run.name) + String(run.x), 'reads');
    assert.match(await shown(() => read({ name: 1, x: 2, then: undefined, toJSON: undefined } as never)), /^12$/);
    class Point {
      x = 1;
    }
    assert.match(await shown(() => read(new Point() as never)), GENERIC);
    assert.ok(logs[0]?.includes('Cannot access x on the server. You cannot dot into a temporary client reference'), logs[0]);
    const back = cached((one: unknown, other: unknown) => ({ one, list: [other] }), 'back');
    const point = new Point();
    const plain = { own: true };
    const sees = async (): Promise<unknown> => {
      const found = (await back(point, plain)) as { one: unknown; list: unknown[] };
      return [found.one === point, found.list[0] === plain];
    };
    assert.equal(await shown(sees), 'true,true');
    assert.equal(await shown(sees), 'true,true');
  });

  it('gets what its caller captured when the function was made', async () => {
    const seen = cached(() => undefined, 'unused');
    assert.equal(await shown(seen), 'undefined');
    const config = { table: 'a' };
    const made = useCache.make('captures', 'default', 0, 'load', [config], (...captured) => () => JSON.stringify(captured)) as () => Promise<unknown>;
    await undefined;
    config.table = 'b';
    assert.equal(made.name, 'load');
    assert.equal(await shown(made), '[{"table":"a"}]');
    const wrong = useCache.make('wrong', 'default', 0, '', [() => 1], () => () => 1) as () => Promise<unknown>;
    assert.match(await shown(wrong), /^Error: Functions cannot be passed directly to Client Components .* return it\.\n {2}\[function\]\n {3}\^{8}/);
    const late = useCache.make('late', 'default', 0, '', () => [config.table], (...captured) => () => captured[0]) as () => Promise<unknown>;
    config.table = 'c';
    assert.equal(await shown(late), 'c');
  });

  it('captures, takes and returns cached functions', async () => {
    const inner = cached((word: unknown) => `inner ${String(word)}`, 'inner function');
    const outer = useCache.make('outer function', 'default', 1, '', [inner], (load) => async (word) => ({ load, said: await (load as (one: unknown) => unknown)(word) }));
    const found = (): Promise<unknown> => (outer as (word: unknown) => Promise<{ load: unknown; said: string }>)('x').then(({ load, said }) => [load === inner, said]);
    assert.equal(await shown(found), 'true,inner x');
    const closing = useCache.make('closing', 'default', 0, '', ['kept'], (word) => () => word) as () => Promise<unknown>;
    const gives = cached(() => closing, 'gives');
    assert.equal(await shown(async () => ((await gives()) as () => Promise<unknown>)()), 'kept');
  });

  it('calls a declared function with what it captured at its declaration, or before that with what is there', async () => {
    let word = 'early';
    function load(...args: unknown[]): Promise<unknown> {
      return useCache.declared(load, 'declared', 'default', 0, args, () => [word], (captured) => () => captured);
    }
    assert.equal(await shown(load), 'early');
    useCache.bind(load, 'declared', [word]);
    word = 'late';
    assert.equal(await shown(load), 'early');
  });

  it('keeps nothing that has a promise which fails in it', async () => {
    const count = counter();
    const load = cached(() => ({ run: count.next(), later: Promise.reject(new Error('inside')) }), 'later');
    const found = async (): Promise<string> => {
      const { run, later } = (await load()) as { run: number; later: Promise<unknown> };
      return `${run} ${await later.catch(String)}`;
    };
    assert.match(await shown(found), /^1 Error: An error occurred in the Server Components render/);
    assert.ok(logs[0]?.startsWith('error: ⨯ Error: inside'), logs[0]);
    assert.match(await shown(found), /^2 /);
  });

  it('lets redirects and their like through', async () => {
    const gone = cached(() => notFound(), 'gone');
    const bench = route({ GET: async () => new Response(String(await gone())) }, {}, ON, front.ask);
    assert.equal((await bench.call({ url: 'http://localhost:3000/x' })).status, 404);
    assert.deepEqual(bench.logs, []);
  });

  it('refuses lifetimes and profiles that are none', async () => {
    const living = (life: unknown): Promise<string> => shown(cached(() => {
      cacheLife(life);
      return 'living';
    }, String(Math.random())));
    assert.equal(await living({}), 'living');
    assert.equal(await living({ revalidate: -1 }), 'living');
    for (const [life, text] of [
      ['nosuch', 'Unknown `cacheLife()` profile "nosuch" is not configured in next.config.js'],
      [undefined, 'Invalid `cacheLife()` option.'],
      [{ revalidate: '1' }, 'The revalidate option must be a number of seconds.'],
      [{ revalidate: 100, expire: 50 }, 'If providing both the revalidate and expire options'],
    ] as const) {
      assert.match(await living(life), GENERIC);
      assert.ok(logs[0]?.includes(text), logs[0]);
    }
  });

  it('is where cacheLife and cacheTag belong', async () => {
    const link = 'https://nextjs.org/docs/messages/cache-life-outside-use-cache';
    assert.equal(
      await shown(() => cacheLife('max')),
      `Error: Route "/x": \`cacheLife()\` can only be called inside a \`"use cache"\` or \`"use cache: private"\` function.\nLearn more: ${link}`,
    );
    assert.equal(await shown(() => cacheTag('x'), {}, {}), 'Error: `cacheTag()` is only available with the `cacheComponents` config.');
  });

  it('works outside of requests', async () => {
    const count = counter();
    await shown(() => 'the front is named');
    const load = cached(() => count.next(), 'outside');
    assert.equal(await load(), 1);
    await whenAfterWorkIsDone();
    assert.equal(await load(), 1);
  });
});
