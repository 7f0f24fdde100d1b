/** What handlers keep: `fetch` with its options, `unstable_cache`, and what drops it again. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';

import { refresh, revalidatePath, revalidateTag, unstable_cache, unstable_noStore, updateTag } from '../next/cache.ts';
import { cookies, draftMode, headers } from '../next/headers.ts';
import { redirect } from '../next/navigation.ts';
import type { NextRequest } from '../next/request.ts';
import { after as afterReply } from '../next/server.ts';
import { whenAfterWorkIsDone } from '../handler/after.ts';
import type { RouteModule, HandlerSettings } from '../handler/ports.ts';
import { FakeFront } from './fake-front.ts';
import { route } from './harness.ts';
import type { Bench } from './harness.ts';

type Options = RequestInit & { next?: { revalidate?: unknown; tags?: unknown }; duplex?: string };

let server: Server;
let origin = '';
/** What the origin was asked, in order. */
let seen: string[] = [];
let front = new FakeFront();

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('latin1');
}

before(async () => {
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push(`${request.method} ${request.url} ${body}`.trim());
      const status = Number(/status=(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
      const size = Number(/size=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      response.writeHead(status, { 'content-type': 'text/plain', 'x-origin': '1' });
      response.end(size === 0 ? `answer ${seen.length}` : 'x'.repeat(size));
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
  seen = [];
  front = new FakeFront();
});

function bench(module: RouteModule, settings: Partial<HandlerSettings> = {}): Bench {
  return route(module, {}, settings, front.ask);
}

async function text(handler: () => unknown, module: RouteModule = {}, spec = {}): Promise<string> {
  const reply = await bench({ ...module, GET: async () => new Response(String(await handler())) }).call({ url: 'http://localhost:3000/x', ...spec });
  await whenAfterWorkIsDone();
  return reply.text;
}

const get = async (path: string, options?: Options): Promise<string> =>
  (await fetch(`${origin}${path}`, options as RequestInit)).text();

describe('fetch', () => {
  it('without options goes to the origin each time, and the front is asked nothing', async () => {
    assert.equal(await text(() => get('/a')), 'answer 1');
    assert.equal(await text(() => get('/a')), 'answer 2');
    assert.deepEqual(front.asked, []);
  });

  it('with force-cache, a lifetime or `revalidate: false` is answered from what is kept', async () => {
    const kept: Options[] = [{ cache: 'force-cache' }, { next: { revalidate: 60 } }, { next: { revalidate: false } }];
    for (const options of kept) {
      seen = [];
      const path = `/${JSON.stringify(options)}`;
      assert.equal(await text(() => get(path, options)), 'answer 1');
      assert.equal(await text(() => get(path, options)), 'answer 1');
      assert.equal(seen.length, 1);
    }
  });

  it('answers a kept response as the origin\'s, with its URL', async () => {
    const show = async (): Promise<string> => {
      const response = await fetch(`${origin}/r`, { cache: 'force-cache' });
      const { status, statusText, url, type } = response;
      return JSON.stringify([status, url, response.headers.get('x-origin'), type, await response.text(), statusText]);
    };
    const first = JSON.parse(await text(show)) as unknown[];
    const second = JSON.parse(await text(show)) as unknown[];
    assert.deepEqual(first.slice(0, 5), [200, `${origin}/r`, '1', 'default', 'answer 1']);
    assert.deepEqual(second, [200, `${origin}/r`, '1', 'default', 'answer 1', '']);
  });

  it('never lets two different requests share a response', async () => {
    const kept: Options = { cache: 'force-cache' };
    const body = (value: unknown): Options => ({ ...kept, method: 'POST', body: value as string, duplex: 'half' });
    const form = (name: string, value: string): FormData => {
      const made = new FormData();
      made.append(name, value);
      return made;
    };
    const stream = (value: string): ReadableStream => new Response(value).body as ReadableStream;
    const calls: Array<() => Promise<string>> = [
      () => get('/s', kept),
      () => get('/s?x', kept),
      () => get('/s', { ...kept, headers: { a: 'bc' } }),
      () => get('/s', { ...kept, headers: { ab: 'c' } }),
      () => get('/s', { ...kept, headers: { authorization: 'one' } }),
      () => get('/s', { ...kept, headers: { authorization: 'two' } }),
      () => get('/s', body('one')),
      () => get('/s', body('two')),
      () => get('/s', body(new Uint8Array([0xff]))),
      () => get('/s', body(new Uint8Array([0xfe]))),
      () => get('/s', body(new Uint8Array([111, 110, 101]))),
      () => get('/s', body(new URLSearchParams('a=b'))),
      () => get('/s', body('a=b')),
      () => get('/s', body(form('a', 'b'))),
      () => get('/s', body(form('ab', ''))),
      () => get('/s', body(stream('streamed one'))),
      () => get('/s', body(stream('streamed two'))),
      async () => (await fetch(new Request(`${origin}/s`, { method: 'POST', body: 'in a request' }), kept as RequestInit)).text(),
      async () =>
        (await fetch(new Request(`${origin}/s`, { method: 'POST', body: 'in a request' }), body('init wins') as RequestInit)).text(),
    ];
    const answers = await text(async () => {
      const all: string[] = [];
      for (const call of calls) {
        all.push(await call());
      }
      return all.join();
    });
    assert.equal(new Set(answers.split(',')).size, calls.length, seen.join('\n'));
    const again = await text(async () => {
      const all: string[] = [];
      for (const call of calls) {
        all.push(await call());
      }
      return all.join();
    });
    assert.equal(again, answers);
    assert.ok(seen.includes('POST /s streamed one') && seen.includes('POST /s init wins') && seen.includes('POST /s in a request'));
  });

  it('takes requests that differ in their trace alone for one', async () => {
    const traced = (id: string): Promise<string> => get('/t', { cache: 'force-cache', headers: { traceparent: id } });
    assert.equal(await text(() => traced('1')), await text(() => traced('2')));
  });

  it('is made once for all who ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => text(() => get('/once', { cache: 'force-cache' }))));
    assert.deepEqual([...new Set(answers)], ['answer 1']);
    assert.equal(seen.length, 1);
  });

  it('never has so many look-ups open that a value could not be handed in', async () => {
    let open = 0;
    let most = 0;
    const ask = front.ask;
    const counting = async (topic: string, value: unknown): Promise<unknown> => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return ask(topic, value);
    };
    const load = unstable_cache(async (index: number) => index, ['many']);
    const one = route({ GET: async () => new Response(String(await load(0))) }, {}, {}, counting);
    const answers = await Promise.all(Array.from({ length: 2000 }, () => one.call()));
    assert.deepEqual([...new Set(answers.map((reply) => reply.text))], ['0']);
    assert.ok(most <= 600, String(most));
  });

  it('keeps nothing but a 200, and lets those go on who wait', async () => {
    const path = '/missing?status=404';
    await Promise.all([1, 2, 3].map(() => text(() => get(path, { cache: 'force-cache' }))));
    assert.equal(seen.length, 3);
    assert.equal(front.kept.size, 0);
  });

  it('rejects as the platform does where the origin cannot be reached, and the next one tries again', async () => {
    const dead = 'http://127.0.0.1:1/';
    const asked = await text(async () => fetch(dead, { cache: 'force-cache' }).catch((failure: unknown) => String(failure)));
    assert.equal(asked, 'TypeError: fetch failed');
    assert.equal(front.count('cache.release'), 1);
  });

  it('answers a stale response and makes it anew behind the call', async () => {
    const options = { next: { revalidate: 10 } };
    assert.equal(await text(() => get('/stale', options)), 'answer 1');
    front.now += 11;
    assert.equal(await text(() => get('/stale', options)), 'answer 1');
    assert.equal(await text(() => get('/stale', options)), 'answer 2');
  });

  it('goes by the lifetime of who asks', async () => {
    await text(() => get('/age', { next: { revalidate: 100 } }));
    front.now += 11;
    await text(() => get('/age', { next: { revalidate: 10 } }));
    assert.equal(seen.length, 2);
  });

  it('takes contradictory options for none', async () => {
    for (const options of [{ cache: 'no-store', next: { revalidate: 60 } }, { cache: 'force-cache', next: { revalidate: 0 } }]) {
      seen = [];
      await text(() => get('/both', options as Options));
      await text(() => get('/both', options as Options));
      assert.equal(seen.length, 2);
    }
  });

  it('refuses a lifetime that is none, in Next.js\'s words', async () => {
    for (const value of [-1, Number.NaN, '60']) {
      const failure = await text(async () => get('/v', { next: { revalidate: value } }).catch((error: Error) => error.message));
      assert.equal(failure, `Invalid revalidate value "${value}" on "/x", must be a non-negative number or false`);
    }
  });

  it('obeys the route\'s fetchCache', async () => {
    const outcome = async (fetchCache: string, options?: Options): Promise<string> => {
      seen = [];
      front = new FakeFront();
      const once = (): Promise<string> =>
        text(async () => get('/fc', options).catch((error: Error) => error.message), { fetchCache });
      const first = await once();
      await once();
      return seen.length === 0 ? first : String(seen.length);
    };
    assert.equal(await outcome('default-cache'), '1');
    assert.equal(await outcome('force-cache'), '1');
    assert.equal(await outcome('force-cache', { cache: 'no-store' }), '1');
    assert.equal(await outcome('default-no-store'), '2');
    assert.equal(await outcome('force-no-store', { next: { revalidate: 5 } }), '2');
    assert.equal(
      await outcome('only-no-store', { cache: 'force-cache' }),
      `cache: 'force-cache' used on fetch for ${origin}/fc with 'export const fetchCache = 'only-no-store'`,
    );
    assert.equal(
      await outcome('only-cache', { cache: 'no-store' }),
      `cache: 'no-store' used on fetch for ${origin}/fc with 'export const fetchCache = 'only-cache'`,
    );
  });

  it('does not keep more than two megabytes, and says so', async () => {
    const module = { GET: async () => new Response(String((await get('/big?size=2000000', { cache: 'force-cache' })).length)) };
    const one = bench(module);
    assert.equal((await one.call()).text, '2000000');
    await whenAfterWorkIsDone();
    assert.equal(front.kept.size, 0);
    const expected = new RegExp(
      `^warn: Failed to set Next.js data cache for ${origin}/big\\?size=2000000, items over 2MB can not be cached \\(266\\d{4} bytes\\)$`,
    );
    assert.equal(one.logs.length, 1);
    assert.ok(expected.test(one.logs[0] ?? ''), one.logs[0]);
  });

  it('complains about tags that are none', async () => {
    const one = bench({ GET: async () => new Response(await get('/tags', { next: { revalidate: 9, tags: ['good', 5] } })) });
    await one.call();
    await whenAfterWorkIsDone();
    assert.deepEqual(one.logs, [
      `warn: Warning: invalid tags passed to fetch ${origin}/tags: \ntag: "5" invalid type, must be a string`,
    ]);
    assert.deepEqual([...front.kept.values()][0]?.tags, ['good']);
  });

  it('counts a tag that is one too many, as Next.js does, and none after it', async () => {
    const tags = Array.from({ length: 131 }, (_, index) => `t${index}`);
    const one = bench({ GET: async () => new Response(await get('/many', { next: { revalidate: 9, tags } })) });
    await one.call();
    await whenAfterWorkIsDone();
    assert.deepEqual(one.logs, [`warn: Warning: exceeded max tag count for fetch ${origin}/many, dropped tags: t128, t129, t130`]);
    assert.deepEqual([...front.kept.values()][0]?.tags, tags.slice(0, 129));
  });

  it('takes its own age for an entry, whoever has made it', async () => {
    assert.equal(await text(() => get('/age', { next: { revalidate: 1 } })), 'answer 1');
    front.now += 5;
    assert.equal(await text(() => get('/age', { next: { revalidate: 60 } })), 'answer 1');
    assert.equal(seen.length, 1);
  });

  it('makes again what was kept in a call that has invalidated it', async () => {
    const load = (): Promise<string> => get('/own', { cache: 'force-cache', next: { tags: ['own'] } });
    const one = bench({
      GET: async () => {
        const before = await load();
        revalidateTag('own', { expire: 0 });
        return new Response(`${before}, ${await load()}`);
      },
    });
    assert.equal((await one.call()).text, 'answer 1, answer 2');
    await whenAfterWorkIsDone();
    assert.equal(await text(load), 'answer 3');
  });

  it('gives responses whose fields can be changed', async () => {
    const fields = async (options: Options): Promise<string> => {
      const response = await fetch(`${origin}/fields`, options);
      response.headers.set('x-mine', 'yes');
      return `${response.headers.get('x-mine')} ${response.type} ${response.url === `${origin}/fields`}`;
    };
    assert.equal(await text(() => fields({})), 'yes default true');
    assert.equal(await text(() => fields({ cache: 'no-store' })), 'yes default true');
    assert.equal(await text(() => fields({ cache: 'force-cache' })), 'yes default true');
  });

  it('goes on being kept where the call itself switches to drafts', async () => {
    const one = bench({
      GET: async () => {
        (await draftMode()).enable();
        return new Response(await get('/later-draft', { cache: 'force-cache' }));
      },
    });
    await one.call();
    await whenAfterWorkIsDone();
    assert.equal((await one.call()).text, 'answer 1');
  });

  it('goes to the origin where the front cannot be asked', async () => {
    front.failing = 'cache.get';
    assert.equal(await text(() => get('/down', { cache: 'force-cache' })), 'answer 1');
    assert.equal(await text(() => get('/down', { cache: 'force-cache' })), 'answer 2');
  });

  it('goes to the origin in draft mode and keeps nothing', async () => {
    const draft = { headers: [['cookie', '__prerender_bypass=0123456789abcdef0123456789abcdef']] };
    assert.equal(await text(() => get('/draft', { cache: 'force-cache' }), {}, draft), 'answer 1');
    assert.equal(await text(() => get('/draft', { cache: 'force-cache' }), {}, draft), 'answer 2');
    assert.deepEqual(front.asked, []);
  });

  it('tells of options that contradict each other, in development alone and behind the reply', async () => {
    const module = { GET: async () => new Response(await get('/both', { cache: 'no-store', next: { revalidate: 60 } })) };
    const one = bench(module, { mode: 'development' });
    const { call, reply } = one.start();
    await reply.done;
    assert.deepEqual(one.logs, []);
    call.onSent?.();
    await whenAfterWorkIsDone();
    const warning = 'Specified "cache: no-store" and "revalidate: 60", only one should be specified.';
    assert.deepEqual(one.logs, [`warn:  │ GET ${origin}/both\n │ │ ⚠ ${warning}`]);
    const other = bench(module);
    await other.call();
    await whenAfterWorkIsDone();
    assert.deepEqual(other.logs, []);
  });

  it('is fresh for a hard reload in development', async () => {
    const hard = { headers: [['cache-control', 'no-cache']] };
    const one = bench({ GET: async () => new Response(await get('/dev', { cache: 'force-cache' })) }, { mode: 'development' });
    assert.equal((await one.call()).text, 'answer 1');
    await whenAfterWorkIsDone();
    assert.equal((await one.call()).text, 'answer 1');
    assert.equal((await one.call(hard as never)).text, 'answer 2');
  });
});

describe('fetch in a generation', () => {
  interface Facts {
    readonly dynamic: string | null;
    readonly revalidate: number | false;
    readonly tags: string[];
  }
  const factsOf = async (module: RouteModule): Promise<Facts> =>
    JSON.parse((await bench(module).call({ generation: 1 })).facts as string) as Facts;

  it('without options stays static, is asked once in a build and each time afterwards', async () => {
    const module = { revalidate: 60, GET: async (): Promise<Response> => new Response((await get('/g')) + (await get('/g'))) };
    const facts = await factsOf(module);
    assert.deepEqual([facts.dynamic, facts.revalidate], [null, 60]);
    assert.deepEqual(seen.length, 1);
    const later = await bench(module).call({ generation: 2 });
    assert.equal(later.text, 'answer 2answer 3');
  });

  it('without options keeps in a build what is too large without a word', async () => {
    const one = bench({ revalidate: 60, GET: async () => new Response(String((await get('/big?size=2000000')).length)) });
    assert.equal((await one.call({ generation: 1 })).text, '2000000');
    assert.deepEqual([one.logs, front.kept.size], [[], 0]);
  });

  it('gives the route its lifetime and its tags, the shortest of all', async () => {
    const facts = await factsOf({
      revalidate: 60,
      async GET() {
        await get('/l1', { next: { revalidate: 30, tags: ['one'] } });
        await get('/l2', { next: { revalidate: 90, tags: ['two', 'one'] } });
        return new Response('');
      },
    });
    assert.equal(facts.revalidate, 30);
    assert.deepEqual(facts.tags.slice(-2), ['one', 'two']);
  });

  it('with no-store makes the route dynamic, and fails under `dynamic = error`', async () => {
    const handler = async (): Promise<Response> => new Response(await get('/ns', { cache: 'no-store' }));
    assert.equal((await factsOf({ revalidate: 60, GET: handler })).dynamic, `revalidate: 0 fetch ${origin}/ns /x`);
    const reply = await bench({ dynamic: 'error', GET: handler }).call({ generation: 1 });
    assert.ok(
      (JSON.parse(reply.facts as string) as { failure: string }).failure.startsWith(
        `Error: Route /x with \`dynamic = "error"\` couldn't be rendered statically because it used \`revalidate: 0 fetch ${origin}/ns /x\`.`,
      ),
    );
    assert.deepEqual(seen, []);
    assert.equal((await factsOf({ dynamic: 'force-static', GET: handler })).dynamic, null);
  });

  it('waits for what is made anew instead of taking what is stale', async () => {
    const options = { next: { revalidate: 10 } };
    await text(() => get('/fg', options));
    front.now += 11;
    const reply = await bench({ revalidate: 5, GET: async () => new Response(await get('/fg', options)) }).call({ generation: 2 });
    assert.equal(reply.text, 'answer 2');
  });

  it('after unstable_noStore is not kept', async () => {
    const handler = async (): Promise<string> => {
      unstable_noStore();
      return get('/nostore');
    };
    await text(handler, { fetchCache: 'default-cache' });
    await text(handler, { fetchCache: 'default-cache' });
    assert.equal(seen.length, 2);
  });
});

describe('unstable_cache', () => {
  it('keeps what the function returns, by its text, its parts and its arguments', async () => {
    let runs = 0;
    const load = async (...args: unknown[]): Promise<unknown> => {
      runs += 1;
      return { runs, args };
    };
    const ask = (parts: string[], ...args: unknown[]): Promise<string> =>
      text(async () => JSON.stringify(await unstable_cache(load, parts)(...args)));
    const calls = [
      () => ask([], 1),
      () => ask([], 2),
      () => ask(['a,b'], 1),
      () => ask(['a', 'b'], 1),
      () => ask([], undefined),
      () => ask([], null),
    ];
    const answers: string[] = [];
    for (const call of calls) {
      answers.push(await call());
    }
    assert.equal(runs, calls.length);
    assert.equal(await calls[3]?.(), answers[3]);
    assert.equal(runs, calls.length);
  });

  it('gives what JSON makes of it from the second time on, and undefined as it is', async () => {
    const dated = unstable_cache(async () => new Date(0), ['date']);
    assert.equal(await text(async () => typeof (await dated())), 'object');
    assert.equal(await text(async () => typeof (await dated())), 'string');
    const nothing = unstable_cache(async () => undefined, ['nothing']);
    await text(nothing);
    assert.equal(await text(nothing), 'undefined');
    assert.equal(front.kept.size, 2);
  });

  it('answers what is stale and makes it anew behind the call, and keeps it where that fails', async () => {
    let runs = 0;
    const load = unstable_cache(
      async () => {
        runs += 1;
        if (runs === 2) {
          throw new Error('not now');
        }
        return runs;
      },
      ['swr'],
      { revalidate: 10 },
    );
    assert.equal(await text(load), '1');
    front.now += 11;
    assert.equal(await text(load), '1');
    assert.equal(await text(load), '1');
    assert.equal(await text(load), '3');
  });

  it('passes on what the function throws and keeps nothing', async () => {
    const load = unstable_cache(async () => {
      throw new RangeError('no');
    }, ['throws']);
    assert.equal(await text(() => load().catch((failure: unknown) => String(failure))), 'RangeError: no');
    assert.equal(front.kept.size, 0);
    assert.equal(front.count('cache.release'), 1);
  });

  it('has no request inside', async () => {
    const link = 'Learn more: https://nextjs.org/docs/app/api-reference/functions/unstable_cache';
    const outside = 'Read it outside the cached function and pass what you need as an argument.';
    for (const [name, read] of [['cookies()', cookies], ['headers()', headers]] as const) {
      const load = unstable_cache(async () => String(await read()), [name]);
      const failure = await text(() => load().catch((error: Error) => error.message));
      assert.equal(failure, `Route "/x": \`${name}\` can't be read inside \`unstable_cache()\`. ${outside}\n${link}`);
    }
    const one = bench({
      GET: async (request: NextRequest) => {
        const load = unstable_cache(async () => request.url, ['request']);
        const loadQuery = unstable_cache(async () => request.nextUrl.search, ['query']);
        const failures = [load(), loadQuery()].map((failing) => failing.catch((error: Error) => error.message));
        return Response.json([...(await Promise.all(failures)), request.nextUrl.pathname, request.url]);
      },
    });
    const found = JSON.parse((await one.call({ url: 'http://localhost:3000/x?a' })).text) as string[];
    assert.equal(found[0], `Route "/x": \`request.url\` can't be read inside \`unstable_cache()\`. ${outside}\n${link}`);
    assert.ok(found[1]?.startsWith('Route "/x": `nextUrl.search` can\'t be read inside `unstable_cache()`.'));
    assert.deepEqual(found.slice(2), ['/x', 'http://localhost:3000/x?a']);
    const dropping = unstable_cache(async () => revalidateTag('x', 'max'), ['drop']);
    const dropped = await text(() => dropping().catch((error: Error) => error.message));
    assert.ok(dropped.startsWith('Route "/x": `revalidateTag("x")` can\'t be called inside a cached function. Call it from'));
  });

  it('refuses lifetimes that are none when it is defined', () => {
    const load = async (): Promise<void> => undefined;
    assert.throws(() => unstable_cache(load, [], { revalidate: 0 }), {
      message: `Invariant revalidate: 0 can not be passed to unstable_cache(), must be "false" or "> 0" ${String(load)}`,
    });
    assert.throws(() => unstable_cache(load, [], { revalidate: -1 }), {
      message: 'Invalid revalidate value "-1" on "unstable_cache load", must be a non-negative number or false',
    });
  });

  it('gives a generation its lifetime and tags', async () => {
    const load = unstable_cache(async () => 'value', ['facts'], { revalidate: 7, tags: ['t'] });
    const reply = await bench({ revalidate: 60, GET: async () => new Response(await load()) }).call({ generation: 1 });
    const facts = JSON.parse(reply.facts as string) as { revalidate: number; tags: string[] };
    assert.deepEqual([facts.revalidate, facts.tags.at(-1)], [7, 't']);
  });
});

describe('invalidation', () => {
  const cached = (): Promise<string> => get('/inv', { next: { revalidate: 100, tags: ['news'] } });

  it('of a tag without a profile drops at once, with one stale first', async () => {
    await text(cached);
    await text(() => revalidateTag('news'));
    assert.equal(await text(cached), 'answer 2');
    await text(() => revalidateTag('news', 'max'));
    assert.equal(await text(cached), 'answer 2');
    assert.equal(await text(cached), 'answer 3');
    await text(() => revalidateTag('news', { expire: 5 }));
    front.now += 6;
    assert.equal(await text(cached), 'answer 4');
  });

  it('of a path drops what was fetched for it', async () => {
    await text(cached);
    await text(() => revalidatePath('/x/'));
    assert.equal(await text(cached), 'answer 2');
    await text(() => revalidatePath('/', 'layout'));
    assert.equal(await text(cached), 'answer 3');
    await text(() => revalidatePath('/x', 'page'));
    assert.equal(await text(cached), 'answer 3');
  });

  it('is seen by the call that makes it', async () => {
    await text(cached);
    const answers = await text(async () => {
      revalidateTag('news', 'max');
      return cached();
    });
    assert.equal(answers, 'answer 2');
    assert.equal(await text(cached), 'answer 2');
  });

  it('is answered before the reply leaves, also a redirect, and each once', async () => {
    const order: string[] = [];
    const ask = front.ask;
    const asking = async (topic: string, value: unknown): Promise<unknown> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(topic);
      return ask(topic, value);
    };
    const one = route(
      {
        GET() {
          revalidateTag('a', 'max');
          revalidateTag('a', 'max');
          revalidateTag('b', 'max');
          revalidatePath('/p');
          redirect('/y');
        },
      },
      {},
      {},
      asking,
    );
    const reply = await one.call();
    assert.deepEqual([reply.status, order], [307, ['cache.invalidate', 'cache.invalidate']]);
    assert.deepEqual(
      front.asked.map(([, { tags, expire, stale }]) => [tags, expire, stale]),
      [[['a', 'b'], 31536000, true], [['_N_T_/p'], 0, false]],
    );
  });

  it('is not made by a handler that throws', async () => {
    await text(() => {
      revalidateTag('news', 'max');
      throw new Error('no');
    });
    assert.deepEqual(front.asked, []);
  });

  it('in an after callback is made as well', async () => {
    const one = bench({
      GET() {
        afterReply(() => revalidateTag('late', 'max'));
        return new Response('');
      },
    });
    const { call, reply } = one.start();
    await reply.done;
    assert.equal(front.count('cache.invalidate'), 0);
    call.onSent?.();
    await whenAfterWorkIsDone();
    assert.equal(front.count('cache.invalidate'), 1);
  });

  it('with an unknown profile is logged, and the reply is sent', async () => {
    const one = bench({
      GET() {
        revalidateTag('a', 'nosuch');
        return new Response('sent');
      },
    });
    assert.equal((await one.call()).text, 'sent');
    assert.ok(one.logs[0]?.startsWith('error: Error: Invalid profile provided "nosuch" must be configured under cacheLife in next.config'));
  });

  it('with a profile of next.config takes its expire', async () => {
    const one = bench(
      {
        GET() {
          revalidateTag('a', 'mine');
          return new Response('');
        },
      },
      { cacheLife: { mine: { expire: 9 } } },
    );
    await one.call();
    assert.equal(front.asked[0]?.[1].expire, 9);
  });

  it('ends a generation', async () => {
    const reply = await bench({ revalidate: 60, GET: () => revalidateTag('a', 'max') }).call({ generation: 1 });
    assert.equal((JSON.parse(reply.facts as string) as { dynamic: string }).dynamic, 'revalidateTag("a")');
  });

  it('belongs to requests, and some of it to server actions', async () => {
    assert.throws(() => revalidateTag('a', 'max'), { message: 'Invariant: static generation store missing in revalidateTag("a")' });
    const failing = async (run: () => unknown): Promise<string> =>
      text(() => {
        try {
          return run();
        } catch (failure) {
          return (failure as Error).message;
        }
      });
    assert.match(await failing(() => updateTag('a')), /^updateTag can only be called from within a Server Action\./);
    assert.match(await failing(() => refresh()), /^refresh can only be called from within a Server Action\./);
  });
});
