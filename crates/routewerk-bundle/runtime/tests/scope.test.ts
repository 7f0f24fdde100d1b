/**
 * What handlers reach through their scope: cookies(), headers(), draftMode(), after(), connection().
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { whenAfterWorkIsDone } from '../handler/after.ts';
import type { HandlerSettings, RouteInfo } from '../handler/ports.ts';
import { cookies, draftMode, headers } from '../next/headers.ts';
import { redirect } from '../next/navigation.ts';
import type { NextRequest } from '../next/request.ts';
import { NextResponse } from '../next/response.ts';
import { after, connection } from '../next/server.ts';
import { route } from './harness.ts';
import type { CallSpec } from './fake-call.ts';

type Get = (request: NextRequest) => unknown;

/** What a handler gives as JSON. */
async function answer(get: Get, spec: CallSpec = {}, module: object = {}, settings: Partial<HandlerSettings> = {}): Promise<unknown> {
  const bench = route({ GET: async (request: NextRequest) => Response.json((await get(request)) ?? null), ...module }, {}, settings);
  const reply = await bench.call(spec);
  assert.equal(reply.status, 200, bench.logs.join('\n'));
  return JSON.parse(reply.text);
}

/** The `set-cookie` values of a handler's reply. */
async function sent(get: Get, spec: CallSpec = {}, settings: Partial<HandlerSettings> = {}): Promise<string[]> {
  const bench = route({ GET: async (request: NextRequest) => (await get(request)) ?? new Response() }, {}, settings);
  const reply = await bench.call(spec);
  return reply.fields.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
}

const COOKIES: CallSpec = { headers: [['cookie', 'a=1; b=x%20y']] };

describe('cookies()', () => {
  it('reads the client’s cookies, with the path that Next.js adds', async () => {
    const read = async (): Promise<unknown> => {
      const store = await cookies();
      return [store.get('a'), store.get({ name: 'b' }), store.getAll().length, store.getAll('b'), store.has('a'), store.has('c'), store.get('c') ?? null, String(store)];
    };
    assert.deepEqual(await answer(read, COOKIES), [
      { name: 'a', value: '1', path: '/' },
      { name: 'b', value: 'x y', path: '/' },
      2,
      [{ name: 'b', value: 'x y', path: '/' }],
      true,
      false,
      null,
      'a=1; Path=/; b=x%20y; Path=/',
    ]);
  });

  it('has the size and the iteration that its types promise', async () => {
    assert.deepEqual(await answer(async () => [(await cookies()).size, [...(await cookies())].map(([name]) => name)], COOKIES), [2, ['a', 'b']]);
  });

  it('sends what was set, in Next.js’s order and spelling', async () => {
    const values = await sent(async () => {
      const store = await cookies();
      store.set('z', '1').set({ name: 'y', value: 'v v', httpOnly: true, secure: true, sameSite: 'strict', path: '/p', domain: 'd.com', priority: 'high', partitioned: true, expires: 0 });
      store.set('b', '2', { path: '', sameSite: true });
      store.delete('a');
      store.delete({ name: 'gone', path: '/q' });
      store.set('z', '3', { maxAge: 0 });
    }, COOKIES);
    assert.deepEqual(values, [
      'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'b=2; SameSite=true',
      'z=3; Path=/; Max-Age=0',
      'y=v%20v; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=d.com; Secure; HttpOnly; SameSite=strict; Partitioned; Priority=high',
      'gone=; Path=/q; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ]);
  });

  it('shows what was set in the same call', async () => {
    const read = async (): Promise<unknown> => {
      (await cookies()).set('n', '1');
      return (await cookies()).get('n');
    };
    assert.deepEqual(await answer(read), { name: 'n', value: '1', path: '/' });
  });

  it('writes Expires beside Max-Age', async () => {
    const [value] = await sent(async () => (await cookies()).set('a', '1', { maxAge: 10 }) && undefined);
    const expires = /Expires=([^;]+); Max-Age=10$/.exec(String(value))?.[1];
    const seconds = (Date.parse(String(expires)) - Date.now()) / 1000;
    assert.ok(seconds > 5 && seconds <= 11, String(value));
  });

  it('lets the reply’s own cookies come first and win, and rewrites them', async () => {
    const own = async (...values: string[]): Promise<string[]> =>
      sent(async () => {
        (await cookies()).set('a', 'store').set('b', 'store');
        return new Response('x', { headers: values.map((value) => ['set-cookie', value]) });
      });
    assert.deepEqual(await own('a=resp; HttpOnly', 'c=1; path=/c; max-age=5; SameSite=LAX').then((all) => all.map((text) => text.replace(/Expires=[^;]+/, 'Expires=(date)'))), [
      'a=resp; Path=/; HttpOnly',
      'c=1; Path=/c; Expires=(date); Max-Age=5; SameSite=lax',
      'b=store; Path=/',
    ]);
    // Where rewriting would lose something the text stays.
    assert.deepEqual(await own('p=a%2525b', 'q=%25', 'r=1; Unknown=x', 's=1; Max-Age=0', 'a=%; Path=/'), [
      'p=a%2525b',
      'q=%25',
      'r=1; Unknown=x',
      's=1; Max-Age=0',
      'a=%; Path=/',
      'b=store; Path=/',
    ]);
  });

  it('leaves the reply’s own cookies alone when nothing was set', async () => {
    assert.deepEqual(await sent(async () => ((await cookies()).get('a'), new Response('x', { headers: [['set-cookie', 'weird ; ; x']] })), COOKIES), ['weird ; ; x']);
  });

  it('joins with the cookies of NextResponse', async () => {
    const values = await sent(async () => {
      (await cookies()).set('store', '1');
      const response = NextResponse.json({});
      response.cookies.set('own', '2', { path: '/o' });
      return response;
    });
    assert.deepEqual(values, ['own=2; Path=/o', 'store=1; Path=/']);
  });

  it('go with a redirect and not with an error', async () => {
    const redirecting = async (): Promise<void> => {
      (await cookies()).set('a', '1');
      redirect('/p');
    };
    assert.deepEqual(await sent(redirecting), ['a=1; Path=/']);
    const failing = async (): Promise<void> => {
      (await cookies()).set('a', '1');
      throw new Error('boom');
    };
    assert.deepEqual(await sent(failing), []);
  });

  it('refuses what cannot be sent, where it is set', async () => {
    const errors = await answer(async () => {
      const store = await cookies();
      const attempt = (step: () => unknown): string => {
        try {
          step();
          return 'fine';
        } catch (error) {
          return (error as Error).name;
        }
      };
      return [
        attempt(() => store.set('a', '1', { expires: 'tomorrow' as never })),
        attempt(() => store.set('b\n', '1')),
        attempt(() => store.set('ł', '1')),
        attempt(() => store.set('c', '\ud800')),
        attempt(() => store.set('na me;', 'v')),
      ];
    });
    assert.deepEqual(errors, ['TypeError', 'TypeError', 'TypeError', 'URIError', 'fine']);
  });
});

describe('headers()', () => {
  const spec: CallSpec = { headers: [['host', 'h'], ['x-a', '1'], ['rsc', '1'], ['next-router-prefetch', '1'], ['cookie', 'a=1']] };

  it('reads and hides what Next.js hides', async () => {
    const read = async (request: NextRequest): Promise<unknown> => {
      const seen = await headers();
      const each: string[] = [];
      seen.forEach((value, name) => each.push(`${name}=${value}`));
      return [seen.get('X-A'), seen.has('x-a'), seen.get('rsc'), seen.has('RSC'), [...seen], [...seen.keys()], [...seen.values()], each, request.headers.get('rsc'), seen.getSetCookie()];
    };
    assert.deepEqual(await answer(read, spec), [
      '1',
      true,
      null,
      false,
      [['cookie', 'a=1'], ['host', 'h'], ['x-a', '1']],
      ['cookie', 'host', 'x-a'],
      ['a=1', 'h', '1'],
      ['cookie=a=1', 'host=h', 'x-a=1'],
      '1',
      [],
    ]);
  });

  it('is a Headers that cannot be changed', async () => {
    const read = async (): Promise<unknown> => {
      const seen = await headers();
      const messages = ['set', 'append', 'delete'].map((method) => {
        try {
          (seen as unknown as Record<string, (...args: string[]) => void>)[method]?.('a', 'b');
          return 'changed';
        } catch (error) {
          return (error as Error).message;
        }
      });
      return [seen instanceof Headers, Object.prototype.toString.call(seen), [...new Headers(seen as unknown as Headers).keys()], ...new Set(messages)];
    };
    assert.deepEqual(await answer(read, spec), [
      true,
      '[object Headers]',
      ['cookie', 'host', 'x-a'],
      'Headers cannot be modified. Read more: https://nextjs.org/docs/app/api-reference/functions/headers',
    ]);
  });

  it('shows changes of request.headers, as do cookies that were not read before', async () => {
    const read = async (request: NextRequest): Promise<unknown> => {
      const seen = await headers();
      request.headers.set('x-a', '2');
      request.headers.set('cookie', 'b=2');
      return [seen.get('x-a'), (await cookies()).getAll().map(({ name }) => name)];
    };
    assert.deepEqual(await answer(read, spec), ['2', ['b']]);
  });
});

describe('draftMode()', () => {
  const id = '0123456789abcdef0123456789abcdef';

  it('is on for the bearer of the secret only', async () => {
    const read = async (): Promise<unknown> => (await draftMode()).isEnabled;
    assert.equal(await answer(read, { headers: [['cookie', `__prerender_bypass=${id}`]] }), true);
    for (const value of ['', 'x', id.slice(1), `${id}0`, id.replace('0', '1')]) {
      assert.equal(await answer(read, { headers: [['cookie', `__prerender_bypass=${value}`]] }), false, value);
    }
    assert.equal(await answer(read), false);
    const none = await answer(read, { headers: [['cookie', '__prerender_bypass=']] }, {}, { draftModeId: null });
    assert.equal(none, false, 'without a secret nobody has it');
  });

  it('is switched with a cookie', async () => {
    assert.deepEqual(await sent(async () => (await draftMode()).enable()), [`__prerender_bypass=${id}; Path=/; Secure; HttpOnly; SameSite=none`]);
    assert.deepEqual(await sent(async () => (await draftMode()).disable()), ['__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=none']);
    assert.deepEqual(await sent(async () => (await draftMode()).enable(), {}, { mode: 'development' }), [`__prerender_bypass=${id}; Path=/; HttpOnly; SameSite=lax`]);
    const states = await answer(async () => {
      const mode = await draftMode();
      const before = mode.isEnabled;
      mode.enable();
      const between = (await draftMode()).isEnabled;
      mode.disable();
      return [before, between, (await draftMode()).isEnabled];
    });
    assert.deepEqual(states, [false, true, false]);
  });

  it('cannot be switched on without a secret', async () => {
    const bench = route({ GET: async () => void (await draftMode()).enable() }, {}, { draftModeId: null });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /`draftMode\(\)\.enable\(\)` needs the secret/);
  });
});

describe('after()', () => {
  it('runs callbacks when the reply has been sent, together, and errors stay apart', async () => {
    const order: string[] = [];
    const bench = route({
      GET() {
        after(() => void order.push('first'));
        after(() => {
          throw new Error('after cb');
        });
        after(async () => {
          order.push('second');
          await null;
          after(() => void order.push('nested'));
        });
        after(Promise.reject(new Error('after p')));
        return new Response('ok');
      },
    });
    const { call, reply } = bench.start();
    await reply.done;
    assert.equal(reply.wantSent, true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(order, [], 'not before the reply was sent');
    call.onSent?.();
    await whenAfterWorkIsDone();
    assert.deepEqual(order, ['first', 'second', 'nested']);
    const logs = bench.logs.map((line) => line.split('\n')[0]).sort();
    assert.deepEqual(logs, [
      'error: A promise passed to `after()` rejected: Error: after p',
      'error: An error occurred in a function passed to `after()`: Error: after cb',
    ]);
  });

  it('runs after errors and redirects too', async () => {
    for (const end of [() => redirect('/x'), () => { throw new Error('boom'); }]) {
      let ran = 0;
      const { call, reply } = route({
        GET() {
          after(() => void (ran += 1));
          end();
        },
      }).start();
      await reply.done;
      assert.equal(ran, 0);
      call.onSent?.();
      await whenAfterWorkIsDone();
      assert.equal(ran, 1);
    }
  });

  it('runs after the last chunk of a stream, and what the stream itself leaves', async () => {
    const order: string[] = [];
    const { call, reply } = route({
      GET() {
        after(() => void order.push('handler'));
        return new Response(
          new ReadableStream({
            async pull(controller) {
              await new Promise((resolve) => setImmediate(resolve));
              after(() => void order.push('stream'));
              order.push('chunk');
              controller.close();
            },
          }),
        );
      },
    }).start();
    await reply.done;
    assert.deepEqual(order, ['chunk']);
    call.onSent?.();
    await whenAfterWorkIsDone();
    assert.deepEqual(order, ['chunk', 'handler', 'stream']);
  });

  it('runs when the client has left, also before the handler ends', async () => {
    let ran = 0;
    const { call } = route({
      async GET() {
        after(() => void (ran += 1));
        await new Promise(() => undefined);
      },
    }).start();
    call.abort();
    await whenAfterWorkIsDone();
    assert.equal(ran, 1);
    let broken = 0;
    const streamed = route({
      GET() {
        after(() => void (broken += 1));
        return new Response(new ReadableStream({ start: (c) => c.error(new Error('x')) }));
      },
    }).start();
    await streamed.reply.done;
    await whenAfterWorkIsDone();
    assert.equal(broken, 1, 'a stream that failed counts as over');
  });

  it('reads cookies and headers in callbacks, and cannot set cookies there', async () => {
    const seen: unknown[] = [];
    const { call, reply } = route({
      async GET() {
        const store = await cookies();
        after(async () => {
          seen.push((await cookies()).get('a')?.value, (await headers()).get('cookie'));
          for (const step of [async () => void store.set('x', '1'), async () => (await draftMode()).enable()]) {
            seen.push(await step().catch((error: Error) => error.message));
          }
        });
        return new Response();
      },
    }).start(COOKIES);
    await reply.done;
    call.onSent?.();
    await whenAfterWorkIsDone();
    assert.deepEqual(seen.slice(0, 2), ['1', 'a=1; b=x%20y']);
    assert.match(String(seen[2]), /^Cookies can only be modified in a Server Action or Route Handler\./);
    assert.match(String(seen[3]), /^Route \/x used "draftMode\(\)\.enable\(\)" inside `after\(\)`\./);
  });

  it('refuses what is neither function nor promise', async () => {
    const bench = route({ GET: () => after('x' as never) });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /⨯ Error: `after\(\)`: Argument must be a promise or a function/);
  });
});

describe('the scope', () => {
  it('is the call’s own, across awaits and timers', async () => {
    const bench = route({
      async GET(request: NextRequest) {
        await new Promise((resolve) => setTimeout(resolve, Number(request.headers.get('x-wait'))));
        const inner = async (): Promise<string | null> => (await headers()).get('x-id');
        return new Response(await inner());
      },
    });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, id) => bench.call({ headers: [['x-id', String(id)], ['x-wait', String(20 - id)]] })),
    );
    assert.deepEqual(replies.map((reply) => reply.text), Array.from({ length: 20 }, (_, id) => String(id)));
  });

  it('ends where there is no call', () => {
    const wrong = (api: string): RegExp => new RegExp(`\`${api}\` was called outside a request scope\\. Read more: https://nextjs\\.org/docs/messages/next-dynamic-api-wrong-context`);
    assert.throws(() => cookies(), wrong('cookies'));
    assert.throws(() => headers(), wrong('headers'));
    assert.throws(() => draftMode(), wrong('draftMode'));
    assert.throws(() => after(() => undefined), wrong('after'));
    assert.throws(() => connection(), wrong('connection'));
  });

  it('gives connection() at once', async () => {
    assert.equal(await answer(async () => (await connection()) ?? 'now'), 'now');
  });

  it('complains in development about promises that were not awaited', async () => {
    const bench = route(
      {
        GET() {
          const wrong = [cookies(), headers(), draftMode()] as unknown as Array<Record<string, unknown>>;
          return Response.json([wrong[0]?.['get'] ?? null, wrong[1]?.['get'] ?? null, wrong[2]?.['isEnabled'] ?? null, wrong[2]?.['enable'] ?? null]);
        },
      },
      {},
      { mode: 'development' },
    );
    assert.equal((await bench.call()).text, '[null,null,null,null]');
    const expressions = bench.logs.map((line) => /Route "\/x" used (`.*?`)\. /.exec(line)?.[1]);
    assert.deepEqual(expressions, ['`cookies().get`', '`headers().get`', '`draftMode().isEnabled`', '`draftMode().enable()`']);
  });
});

describe('export const dynamic', () => {
  const get = async (request: NextRequest): Promise<unknown> => ({
    url: request.url,
    next: [request.nextUrl.href, request.nextUrl.search, [...request.nextUrl.searchParams], request.nextUrl.pathname],
    headers: [...request.headers],
    cookies: [request.cookies.size, (await cookies()).getAll().length],
    seen: [...(await headers())],
    sealed: [() => request.headers.set('a', '1'), () => request.cookies.set('a', '1')].map((step) => {
      try {
        step();
        return 'changed';
      } catch (error) {
        return (error as Error).message.split('.')[0];
      }
    }),
  });
  const spec: CallSpec = { url: 'https://a.com:8080/p/q?x=1', headers: [['cookie', 'a=1'], ['x', 'y']] };

  it('= force-static shows nothing of the client’s', async () => {
    assert.deepEqual(await answer(get, spec, { dynamic: 'force-static' }), {
      url: 'http://localhost:3000/p/q',
      next: ['http://localhost:3000/p/q', '', [], '/p/q'],
      headers: [],
      cookies: [0, 0],
      seen: [],
      sealed: ['Headers cannot be modified', 'Cookies can only be modified in a Server Action or Route Handler'],
    });
    const sets = route({ dynamic: 'force-static', POST: async () => new Response(String((await cookies()).set('a', 'b'))) });
    assert.equal((await sets.call({ method: 'POST' })).status, 500);
    assert.ok(sets.logs[0]?.includes('Cookies can only be modified in a Server Action'), sets.logs[0]);
    const copied = await answer((request) => {
      request.nextUrl.searchParams.set('seen', 'no');
      const copy = request.clone();
      return [request.nextUrl.href, request.nextUrl.host, copy.url, [...copy.headers]];
    }, spec, { dynamic: 'force-static' });
    assert.deepEqual(copied, ['http://localhost:3000/p/q', 'a.com:8080', 'http://localhost:3000/p/q', []]);
    const form = route({ dynamic: 'force-static', POST: async (request: NextRequest) => Response.json([...(await request.formData())]) });
    const posted = await form.call({ method: 'POST', headers: [['content-type', 'application/x-www-form-urlencoded']], body: 'a=1' });
    assert.equal(posted.text, '[["a","1"]]', 'the body is the client’s');
  });

  it('= error makes the request APIs throw', async () => {
    for (const [api, step] of [['cookies()', cookies], ['headers()', headers], ['connection()', connection]] as const) {
      const bench = route({ dynamic: 'error', GET: async () => Response.json(await step()) });
      assert.equal((await bench.call()).status, 500);
      const expected = `Route /x with \`dynamic = "error"\` couldn't be rendered statically because it used \`${api}\`.`;
      assert.ok(bench.logs[0]?.includes(expected), bench.logs[0]);
    }
    assert.equal(await answer((request) => request.headers.get('x'), spec, { dynamic: 'error' }), 'y');
  });
});

describe('a route without scope', () => {
  it('runs its handlers, and the request APIs say what is missing', async (t) => {
    if (Number(process.versions.node.split('.')[0]) >= 24) {
      t.skip('scopes are always entered where they cost nothing');
      return;
    }
    const info: Partial<RouteInfo> = { scope: false };
    assert.equal((await route({ GET: () => new Response('x') }, info).call()).text, 'x');
    const bench = route({ GET: () => cookies() }, info);
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /was called outside a request scope/);
  });
});
