/** `cacheHandlers` of next.config: who is asked what and when, what comes back, and what a handler that misbehaves costs. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';

import { useCache } from '../cache/use-cache/use-cache.ts';
import { ANSWER_LIMIT_MS, KEEP_LIMIT_MS, REST_MS } from '../cache/user/user-handler.ts';
import type { CacheEntry } from '../cache/user/user-handler.ts';
import { whenAfterWorkIsDone } from '../handler/after.ts';
import type { ConfigModules } from '../handler/ports.ts';
import { cacheLife, cacheTag, revalidatePath, revalidateTag } from '../next/cache.ts';
import { cookies } from '../next/headers.ts';
import type { CallSpec } from './fake-call.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';

const ON = { cacheComponents: true, buildId: 'b1', cacheLife: { brief: { stale: 60, revalidate: 1, expire: 600 } } };

/** A handler that keeps texts, as one for a store elsewhere does, and writes down what it is asked. */
class TextHandler {
  readonly asked: string[] = [];
  readonly kept = new Map<string, string>();
  readonly invalidated = new Map<string, number>();
  softTags: readonly string[] = [];
  expiresAt = 0;

  async get(key: string, softTags: readonly string[]): Promise<unknown> {
    this.asked.push('get');
    this.softTags = softTags;
    const text = this.kept.get(key);
    if (text === undefined) {
      return undefined;
    }
    const { value, ...facts } = JSON.parse(text) as CacheEntry & { value: string[] };
    if (facts.tags.some((tag) => (this.invalidated.get(tag) ?? 0) > facts.timestamp)) {
      return undefined;
    }
    return { ...facts, value: stream(...value.map((chunk) => new TextEncoder().encode(chunk))) };
  }

  async set(key: string, pending: Promise<CacheEntry>): Promise<void> {
    this.asked.push('set');
    const { value, ...facts } = await pending;
    const chunks: string[] = [];
    for await (const chunk of value) {
      // As careless as can be: each chunk by itself.
      chunks.push(Buffer.from(chunk).toString());
    }
    this.kept.set(key, JSON.stringify({ ...facts, value: chunks }));
  }

  async refreshTags(): Promise<void> {
    this.asked.push('refreshTags');
  }

  async getExpiration(): Promise<number> {
    this.asked.push('getExpiration');
    return this.expiresAt;
  }

  async updateTags(tags: readonly string[], durations?: { expire?: number }): Promise<void> {
    this.asked.push(`updateTags ${tags.join()} ${JSON.stringify(durations ?? null)}`);
    tags.forEach((tag) => this.invalidated.set(tag, performance.timeOrigin + performance.now()));
  }

  /** What was asked since. */
  taken(): string[] {
    return this.asked.splice(0);
  }
}

function stream(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller): void {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

let front = new FakeFront();
let logs: string[] = [];
let runs = 0;
let serial = 0;

beforeEach(() => {
  front = new FakeFront();
  runs = 0;
  serial += 1;
});

/** A cached function, as the compiler wraps it. */
function cached<A extends unknown[]>(run: (...args: A) => unknown, kind = 'default', id = `f${serial}`) {
  return useCache.make(id, kind, -1, '', null, () => run as (...args: unknown[]) => unknown) as (...args: A) => Promise<unknown>;
}

const counted = (): number => {
  runs += 1;
  return runs;
};

/** What handlers show under these `cacheHandlers`. */
function served(handlers: Readonly<Record<string, unknown>>, settings: object = ON) {
  const modules = Object.fromEntries(Object.keys(handlers).map((kind) => [kind, { file: `./${kind}.mjs`, entry: kind }]));
  const configModules: ConfigModules = { cacheHandlers: modules };
  const loadConfigExport = async ({ entry }: { readonly entry: string }): Promise<{ readonly value: unknown }> => {
    const value = handlers[entry];
    if (value instanceof Error) {
      throw value;
    }
    return { value };
  };
  return async (handler: () => unknown, spec: CallSpec & { isHurried?: boolean } = {}): Promise<string> => {
    const GET = async (): Promise<Response> => {
      try {
        return new Response(String(await handler()));
      } catch (failure) {
        return new Response(String(failure));
      }
    };
    const bench = route({ GET }, {}, settings, front.ask, { configModules, loadConfigExport });
    logs = bench.logs;
    const reply = await bench.call({ url: 'http://localhost:3000/x', ...spec });
    if (spec.isHurried !== true) {
      await whenAfterWorkIsDone();
    }
    return reply.text;
  };
}

describe('a handler of the user', () => {
  it('keeps what its kind says, and the front the rest', async () => {
    const store = new TextHandler();
    const shown = served({ default: store });
    const load = cached(counted);
    assert.equal(await shown(load), '1');
    assert.deepEqual(store.taken(), ['refreshTags', 'get', 'set']);
    assert.equal(await shown(load), '1');
    assert.deepEqual(store.taken(), ['refreshTags', 'get', 'getExpiration']);
    assert.deepEqual(store.softTags, ['_N_T_/layout', '_N_T_/x/layout', '_N_T_/x/route', '_N_T_/x']);
    assert.deepEqual(front.asked, []);
    assert.equal(await shown(cached(counted, 'remote')), '2');
    assert.deepEqual([store.taken(), front.count('cache.set')], [[], 1]);
    assert.deepEqual(logs, []);
  });

  it('gets the entry of Next.js, in chunks that are text each', async () => {
    const store = new TextHandler();
    const letters = 'äöü€😀\u2028'.repeat(9000);
    const load = cached(() => {
      cacheLife('hours');
      cacheTag('a', 'b');
      return { letters, date: new Date(5), bytes: new Uint8Array([0, 128, 255]) };
    });
    const value = async (): Promise<boolean> => {
      const { letters: back, date, bytes } = (await load()) as { letters: string; date: Date; bytes: Uint8Array };
      return back === letters && date.getTime() === 5 && Buffer.from(bytes).toString('hex') === '0080ff';
    };
    const shown = served({ default: store });
    assert.deepEqual([await shown(value), await shown(value)], ['true', 'true']);
    const { value: chunks, timestamp, ...facts } = JSON.parse([...store.kept.values()][0] ?? '') as CacheEntry & { value: string[] };
    assert.deepEqual(facts, { revalidate: 3600, expire: 86400, stale: 300, tags: ['a', 'b'] });
    assert.ok(chunks.length > 1 && Math.abs(Date.now() - timestamp) < 60_000);
  });

  it('is asked once for what a request wants several times, at once and one after the other', async () => {
    const store = new TextHandler();
    const load = cached(counted);
    const shown = served({ default: store });
    assert.equal(await shown(async () => [...(await Promise.all([load(), load()])), await load()].join()), '1,1,1');
    assert.deepEqual(store.taken(), ['refreshTags', 'get', 'set']);
  });

  it('is asked once for what many requests want at once', async () => {
    const store = new TextHandler();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const load = cached(async () => {
      await held;
      return counted();
    });
    const shown = served({ default: store });
    const asking = [shown(load), shown(load), shown(load)];
    setTimeout(() => release(), 5);
    assert.deepEqual(await Promise.all(asking), ['1', '1', '1']);
    assert.deepEqual(store.taken(), ['refreshTags', 'get', 'set']);
  });

  it('gives what was not made before an invalidation to nobody who asks after it', async () => {
    const store = new TextHandler();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const load = cached(async () => {
      cacheTag('t');
      const mine = counted();
      await (mine === 1 ? held : undefined);
      return mine;
    });
    const shown = served({ default: store });
    const early = shown(load);
    await new Promise((resolve) => setImmediate(resolve));
    await shown(() => revalidateTag('t', { expire: 0 }), { isHurried: true });
    const late = shown(load);
    await new Promise((resolve) => setImmediate(resolve));
    release();
    assert.deepEqual(await Promise.all([early, late]), ['1', '2']);
  });

  it('hears of tags before the reply leaves, once, with the durations of a profile', async () => {
    const store = new TextHandler();
    const shown = served({ default: store, remote: store, other: {} });
    await shown(() => revalidateTag('t', 'max'));
    await shown(() => revalidateTag('t', { expire: 5 }));
    await shown(() => revalidatePath('/x'));
    assert.deepEqual(store.taken(), ['updateTags t {"expire":31536000}', 'updateTags t {"expire":5}', 'updateTags _N_T_/x null']);
    assert.equal(front.count('cache.invalidate'), 3);
  });

  it('gives what its path was invalidated after to nobody', async () => {
    const store = new TextHandler();
    const load = cached(counted);
    const shown = served({ default: store });
    await shown(load);
    store.expiresAt = Infinity;
    assert.equal(await shown(load), '1');
    store.expiresAt = Date.now() + 60_000;
    assert.equal(await shown(load), '2');
  });

  it('gives what the same request has invalidated to nobody in it', async () => {
    const store = new TextHandler();
    const load = cached(() => {
      cacheTag('t');
      return counted();
    });
    const shown = served({ default: store });
    const both = async (): Promise<string> => {
      const before = await load();
      revalidateTag('t', 'max');
      return `${before} ${await load()} ${await load()}`;
    };
    assert.equal(await shown(both), '1 2 2');
  });

  it('gives out once more what is older than its revalidate, but not for what is kept itself', async () => {
    const store = new TextHandler();
    const load = cached(() => {
      cacheLife('brief');
      return counted();
    });
    const outer = cached(async () => `${await load()} inside`, 'remote', `outer ${serial}`);
    const shown = served({ default: store });
    await shown(load);
    const age = (): void => {
      for (const [key, text] of store.kept) {
        const entry = JSON.parse(text) as { timestamp: number };
        store.kept.set(key, JSON.stringify({ ...entry, timestamp: entry.timestamp - 5000 }));
      }
    };
    age();
    assert.deepEqual([await shown(load), runs], ['1', 2]);
    assert.deepEqual([await shown(load), runs], ['2', 2]);
    age();
    assert.deepEqual([await shown(outer), runs], ['3 inside', 3]);
  });

  it('is not asked for what drafts are made of', async () => {
    const store = new TextHandler();
    const load = cached(counted);
    const shown = served({ default: store });
    const draft = { headers: [['cookie', '__prerender_bypass=0123456789abcdef0123456789abcdef']] } as CallSpec;
    assert.equal(await shown(async () => `${await load()} ${await load()}`, draft), '1 1');
    assert.deepEqual(store.taken(), ['refreshTags']);
  });

  it('is no part of the request that asks it', async () => {
    const store = new TextHandler();
    const seen: string[] = [];
    const look = async (): Promise<void> => {
      try {
        await cookies();
      } catch (failure) {
        seen.push(String(failure).slice(0, 57));
      }
    };
    const get = async (key: string, softTags: readonly string[]): Promise<unknown> => {
      await look();
      return store.get(key, softTags);
    };
    const shown = served({ default: { get, set: store.set.bind(store), updateTags: look } });
    const outer = cached(async () => cached(counted)(), 'remote', `outer ${serial}`);
    assert.equal(await shown(outer), '1');
    await shown(() => revalidateTag('t', 'max'));
    const outside = 'Error: `cookies` was called outside a request scope. Read';
    assert.deepEqual([seen, logs], [[outside, outside], []]);
  });

  it('may have nothing but get and set, and be a function', async () => {
    const store = new TextHandler();
    const bare = Object.assign(() => undefined, { get: store.get.bind(store), set: store.set.bind(store) });
    const load = cached(counted, 'bare');
    const shown = served({ bare });
    assert.deepEqual([await shown(load), await shown(load)], ['1', '1']);
    await shown(() => revalidateTag('x', 'max'));
    assert.deepEqual([store.taken(), logs], [['get', 'set', 'get'], []]);
  });

  it('may be put in place by the platform', async () => {
    const platform = Symbol.for('@next/cache-handlers');
    const store = new TextHandler();
    Object.assign(globalThis, { [platform]: { DefaultCache: store } });
    try {
      const shown = served({});
      assert.equal(await shown(cached(counted, 'remote')), '1');
      assert.deepEqual([store.taken(), front.asked], [['refreshTags', 'get', 'set'], []]);
    } finally {
      Reflect.deleteProperty(globalThis, platform);
    }
  });
});

describe('a handler that misbehaves', () => {
  it('costs values, no reply, and one line of the log until it works again', async () => {
    for (const [method, what] of [['get', 'get'], ['refreshTags', 'refreshTags'], ['getExpiration', 'getExpiration']] as const) {
      const store = new TextHandler();
      runs = 0;
      const load = cached(counted, 'default', `${method} ${serial}`);
      const shown = served({ default: store });
      assert.equal(await shown(load), '1');
      for (const wrong of [(): never => { throw new Error('down'); }, (): Promise<never> => Promise.reject(new Error('down'))]) {
        Object.assign(store, { [method]: wrong });
        const before = runs;
        assert.equal(await shown(load), String(before + 1));
        const told = logs.join();
        assert.ok(told === '' || told.startsWith(`error: cacheHandlers.default (\`./default.mjs\`): \`${what}\` has failed; making values anew: Error: down`), told);
      }
      Reflect.deleteProperty(store, method);
      assert.equal(await shown(load), String(runs));
    }
  });

  it('is told of once', async () => {
    const store = new TextHandler();
    const shown = served({ default: store });
    Object.assign(store, { get: () => Promise.reject(new Error('down')) });
    await shown(cached(counted));
    assert.equal(logs.length, 1);
    await shown(cached(counted));
    assert.equal(logs.length, 0);
  });

  it('gives no rubbish to anybody', async () => {
    const facts = { tags: [], timestamp: Date.now(), stale: 1, revalidate: 900, expire: 900 };
    const failing = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) });
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const rubbish = [
      7, 'text', {}, [], { ...facts, value: 'text' }, { ...facts, tags: undefined, value: stream(bytes('x')) },
      { ...facts, tags: [1], value: stream(bytes('x')) }, { ...facts, value: stream() }, { ...facts, value: stream(bytes('[1,2]')) },
      { ...facts, value: stream('text') }, { ...facts, value: failing },
      { ...facts, value: stream(bytes(`routewerk-1 3 ${'0'.repeat(32)}\n[0,`)) },
    ];
    for (const given of rubbish) {
      const before = runs;
      const shown = served({ default: { get: async () => given, set: async () => undefined } });
      assert.equal(await shown(cached(counted)), String(before + 1));
      assert.equal(logs.length, 1, String(logs));
    }
    for (const given of [undefined, null]) {
      await served({ default: { get: async () => given, set: async () => undefined } })(cached(counted));
      assert.deepEqual(logs, []);
    }
  });

  it('that cannot be loaded, or is none, costs what it would have kept', async () => {
    for (const handler of [new Error('no module'), null, 'text', { get: 1, set: 1 }, {}]) {
      const before = runs;
      const shown = served({ default: handler });
      assert.equal(await shown(cached(counted)), String(before + 1));
      assert.ok(logs[0]?.startsWith('error: cacheHandlers.default (`./default.mjs`): '), logs[0]);
      await shown(() => revalidateTag('x', 'max'));
    }
  });

  it('that fails to keep a value says so, and the value is given all the same', async () => {
    const shown = served({ default: { get: async () => undefined, set: () => Promise.reject(new Error('full')) } });
    assert.equal(await shown(cached(counted)), '1');
    assert.ok(logs[0]?.startsWith('error: cacheHandlers.default (`./default.mjs`): `set` has failed; the value is not kept: Error: full'), logs[0]);
  });

  it('is told of a value whose making failed by its stream, and by nothing in the log but the failure', async () => {
    let seen: unknown;
    const set = async (_: string, pending: Promise<CacheEntry>): Promise<void> => {
      const { value, tags } = await pending;
      seen = await value.getReader().read().catch((failure: unknown) => `${String(failure)} ${tags.join()}`);
      throw new Error('so what');
    };
    const shown = served({ default: { get: async () => undefined, set } });
    const failing = cached(() => {
      cacheTag('t');
      throw new RangeError('mine');
    });
    assert.match(await shown(failing), /^Error: An error occurred in the Server Components render/);
    assert.equal(seen, 'RangeError: mine t');
    assert.equal(logs.length, 1);
    assert.ok(logs[0]?.startsWith('error: ⨯ RangeError: mine'), logs[0]);
  });

  it('that fails to hear of a tag says so, and the reply leaves', async () => {
    const heard: string[] = [];
    const other = { updateTags: async (tags: readonly string[]) => void heard.push(...tags) };
    const shown = served({ default: { updateTags: () => Promise.reject(new Error('deaf')) }, other });
    assert.equal(await shown(() => revalidateTag('t', 'max')), 'undefined');
    assert.deepEqual([logs.length, heard], [1, ['t']]);
    assert.ok(logs[0]?.startsWith('error: Error: deaf'), logs[0]);
  });

  it('that never answers is waited for once, and left alone for a while', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const started = performance.now();
    let time = started;
    mock.method(performance, 'now', () => time);
    try {
      let asked = 0;
      const get = (): Promise<never> => {
        asked += 1;
        return new Promise(() => undefined);
      };
      const shown = served({ default: { get, set: async () => undefined } });
      const load = cached(counted);
      const waiting = shown(load);
      await turns();
      mock.timers.tick(ANSWER_LIMIT_MS);
      assert.equal(await waiting, '1');
      assert.deepEqual(logs, ['error: cacheHandlers.default (`./default.mjs`): `get` has failed; making values anew: `get` has not answered within 10 s']);
      assert.deepEqual([await shown(load), asked], ['2', 1]);
      time = started + REST_MS + 1;
      const again = shown(load);
      await turns();
      mock.timers.tick(ANSWER_LIMIT_MS);
      assert.deepEqual([await again, asked], ['3', 2]);
    } finally {
      mock.reset();
      mock.timers.reset();
    }
  });

  it('whose set and updateTags never end holds nobody up for long', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const never = (): Promise<never> => new Promise(() => undefined);
      const shown = served({ default: { get: async () => undefined, set: never, updateTags: never } });
      const load = cached(counted);
      const first = shown(load);
      await turns();
      // Who asks while it is kept gets what was made.
      const second = shown(load);
      await turns();
      mock.timers.tick(KEEP_LIMIT_MS);
      assert.deepEqual([await first, await second], ['1', '1']);
      const dropping = shown(() => revalidateTag('t', 'max'));
      await turns();
      mock.timers.tick(ANSWER_LIMIT_MS);
      assert.equal(await dropping, 'undefined');
      assert.deepEqual(logs, ['error: cacheHandlers.default (`./default.mjs`): `updateTags` has not answered within 10 s']);
    } finally {
      mock.timers.reset();
    }
  });
});

/** Lets everything happen that waits for nothing. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
