/**
 * From a call to its reply: methods, results, thrown values, params, fields.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Dispatcher } from '../handler/dispatch.ts';
import type { RouteModule } from '../handler/ports.ts';
import { cookies } from '../next/headers.ts';
import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from '../next/navigation.ts';
import type { NextRequest } from '../next/request.ts';
import { NextResponse } from '../next/response.ts';
import { METHODS } from '../web/request.ts';
import { FakeCall, RecordedReply } from './fake-call.ts';
import type { CallSpec } from './fake-call.ts';
import { platform, route } from './harness.ts';

const text = (body: string) => (): Response => new Response(body);

async function statusOf(module: RouteModule, spec: CallSpec = {}): Promise<number> {
  return (await route(module).call(spec)).status;
}

describe('methods', () => {
  it('call the exported function with request and context', async () => {
    for (const method of METHODS) {
      let seen: unknown[] = [];
      let self: unknown;
      const module = {
        [method](this: unknown, ...args: unknown[]): Response {
          seen = args;
          self = this;
          return new Response(method);
        },
      };
      const reply = await route(module).call({ method });
      assert.equal(reply.status, 200, method);
      assert.equal(reply.text, method === 'HEAD' ? '' : method);
      assert.equal(seen.length, 2);
      assert.equal(self, null);
      assert.equal((seen[0] as Request).method, method);
      assert.deepEqual(Object.keys(seen[1] as object), ['params']);
      assert.equal((seen[1] as { params: unknown }).params, undefined);
    }
  });

  it('that are not exported are 405 with Allow', async () => {
    const module = { GET: text('x'), DELETE: text('x') };
    for (const method of ['POST', 'PUT', 'PATCH'] as const) {
      const reply = await route(module).call({ method });
      assert.deepEqual([reply.status, reply.field('allow'), reply.text], [405, 'DELETE, GET, HEAD, OPTIONS', '']);
    }
    assert.equal(await statusOf({}), 405);
    assert.equal(await statusOf({ GET: undefined }), 405, 'an export without value is none');
    assert.equal(await statusOf({ get: text('x') }), 405);
    assert.equal(await statusOf({ default: text('x') }), 405);
  });

  it('give OPTIONS an answer of its own', async () => {
    const allow = async (module: RouteModule): Promise<unknown> => {
      const reply = await route(module).call({ method: 'OPTIONS' });
      return [reply.status, reply.field('allow'), reply.body];
    };
    assert.deepEqual(await allow({}), [204, 'OPTIONS', null]);
    assert.deepEqual(await allow({ POST: text('x') }), [204, 'OPTIONS, POST', null]);
    assert.deepEqual(await allow({ HEAD: text('x') }), [204, 'HEAD, OPTIONS', null]);
    const all = { GET: text(''), POST: text(''), PUT: text(''), PATCH: text(''), DELETE: text('') };
    assert.deepEqual(await allow(all), [204, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT', null]);
    const own = await route({ OPTIONS: text('mine') }).call({ method: 'OPTIONS' });
    assert.deepEqual([own.status, own.text], [200, 'mine']);
  });

  it('answer HEAD with the status and fields of GET and no body', async () => {
    let cancelled = false;
    const stream = new ReadableStream({ cancel: () => void (cancelled = true) });
    for (const body of ['text', new Uint8Array(3), stream, new Blob(['x']), null]) {
      const reply = await route({ GET: () => new Response(body, { status: 203, headers: { a: '1' } }) }).call({ method: 'HEAD' });
      assert.deepEqual([reply.status, reply.field('a'), reply.body, reply.pieces.length], [203, '1', null, 0]);
    }
    assert.equal(cancelled, true, 'a stream that nobody reads is told so');
    assert.equal(await statusOf({ POST: text('x') }, { method: 'HEAD' }), 405);
    const own = await route({ GET: text('get'), HEAD: () => new Response(null, { status: 202 }) }).call({ method: 'HEAD' });
    assert.equal(own.status, 202);
  });

  it('that nobody lists are 400', async () => {
    assert.equal(await statusOf({ GET: text('x') }, { method: 'QUERY' }), 400);
  });

  it('whose export is no function are 500 with the engine’s words', async () => {
    const bench = route({ GET: 5 });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /^error: ⨯ TypeError: Function\.prototype\.apply was called on 5, which is a number/);
  });

  it('written in the wrong case are named in development', async () => {
    const bench = route({ get: text('x'), default: text('x') }, {}, { mode: 'development' });
    assert.equal((await bench.call()).status, 405);
    assert.deepEqual(bench.logs, [
      "error: ⨯ Detected lowercase method 'get' in '[project]/app/x/route.ts'. Export the uppercase 'GET' method name to fix this error.",
      "error: ⨯ Detected default export in '[project]/app/x/route.ts'. Export a named export for each HTTP method instead.",
      "error: ⨯ No HTTP methods exported in '[project]/app/x/route.ts'. Export a named export for each HTTP method.",
    ]);
    await bench.call();
    assert.equal(bench.logs.length, 3, 'once for each evaluated module');
  });
});

describe('results', () => {
  it('are taken from functions and promises alike', async () => {
    const results = [
      new Response('a'),
      Promise.resolve(new Response('a')),
      { then: (resolve: (value: unknown) => void) => resolve(new Response('a')) },
      NextResponse.json('a'),
      new platform.Response('a'),
      new (class extends Response {})('a'),
    ];
    for (const result of results) {
      const reply = await route({ GET: () => result }).call();
      assert.equal(reply.status, 200);
      assert.match(reply.text, /a/);
    }
  });

  it('that are no response are 500 with the words of Next.js', async () => {
    const cases: Array<[unknown, string]> = [
      [undefined, 'undefined'],
      [null, 'null'],
      [5, 'number'],
      ['s', 'string'],
      [{}, 'Object'],
      [new Map(), 'Map'],
      [() => 1, 'function'],
      [Object.create(null), 'object'],
    ];
    for (const [value, word] of cases) {
      const bench = route({ PUT: async () => value });
      const reply = await bench.call({ method: 'PUT', url: 'http://localhost:3000/err/undef?q=1' });
      assert.deepEqual([reply.status, reply.text, reply.fields], [500, '', []]);
      const expected =
        `error: ⨯ Error: No response is returned from route handler '[project]/app/x/route.ts'. Expected a Response object but received '${word}' ` +
        '(method: PUT, url: /err/undef). Ensure you return a `Response` or a `NextResponse` in all branches of your handler.';
      assert.ok(bench.logs[0]?.startsWith(expected), bench.logs[0]);
    }
  });

  it('carry every kind of body', async () => {
    const bodies: Array<[BodyInit | null, string | null, string]> = [
      ['text', 'text/plain;charset=UTF-8', 'text'],
      ['', 'text/plain;charset=UTF-8', ''],
      [null, null, ''],
      [new TextEncoder().encode('ü'), null, 'ü'],
      [new Blob(['blob'], { type: 'text/x' }), 'text/x', 'blob'],
      [new Blob(['x'.repeat(300_000)]), null, 'x'.repeat(300_000)],
      [new URLSearchParams('a=1'), 'application/x-www-form-urlencoded;charset=UTF-8', 'a=1'],
      [new ReadableStream({ start: (c) => { c.enqueue('s'); c.close(); } }), null, 's'],
    ];
    for (const [body, type, sent] of bodies) {
      const reply = await route({ GET: () => new Response(body) }).call();
      assert.equal(reply.field('content-type'), type);
      assert.equal(reply.text, sent);
    }
    const form = new FormData();
    form.append('a', '1');
    const multipart = await route({ GET: () => new Response(form) }).call();
    assert.match(String(multipart.field('content-type')), /^multipart\/form-data; boundary=/);
    assert.match(multipart.text, /name="a"/);
  });

  it('keep status and reason', async () => {
    for (const [status, reason] of [[204, ''], [304, ''], [418, 'Short'], [599, '']] as const) {
      const reply = await route({ GET: () => new Response(null, { status, statusText: reason }) }).call();
      assert.deepEqual([reply.status, reply.reason, reply.body], [status, reason, null]);
    }
  });

  it('may be the same response again and again', async () => {
    const constant = new Response('again');
    const bench = route({ GET: () => constant });
    assert.equal((await bench.call()).text, 'again');
    assert.equal((await bench.call()).text, 'again', 'a body that is at hand is not cut short');
  });

  it('whose body was read already are 500 with their own fields', async () => {
    for (const read of [(r: Response) => r.text(), (r: Response) => r.body?.getReader()]) {
      const bench = route({
        async GET(): Promise<Response> {
          const response = new Response('x', { status: 201, headers: { a: '1' } });
          await read(response);
          return response;
        },
      });
      const reply = await bench.call();
      assert.deepEqual([reply.status, reply.field('a'), reply.text], [500, '1', '']);
      assert.match(bench.logs[0] as string, /⨯ Error: failed to pipe response/);
      assert.match(bench.logs[0] as string, /\[cause\]: TypeError: Invalid state: The ReadableStream is locked/);
    }
  });

  it('with status 0 are 500', async () => {
    const bench = route({ GET: () => Response.error() });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /^error: ⨯ RangeError: Invalid status code: 0/);
  });

  it('made for a proxy are 500 and say so', async () => {
    const next = route({ GET: () => NextResponse.next() });
    assert.equal((await next.call()).status, 500);
    assert.match(next.logs[0] as string, /NextResponse\.next\(\) was used in a app route handler, this is not supported\./);
    const rewrite = route({ GET: () => new Response(null, { headers: { 'x-middleware-rewrite': 'x' } }) });
    assert.equal((await rewrite.call()).status, 500);
    assert.match(rewrite.logs[0] as string, /NextResponse\.rewrite\(\) was used in a app route handler/);
  });
});

describe('fields', () => {
  const sent = async (init: ResponseInit, body: BodyInit | null = null): Promise<Array<[string, string]>> =>
    (await route({ GET: () => new Response(body, init) }).call()).fields;

  it('are lower-case, sorted and joined', async () => {
    assert.deepEqual(await sent({ headers: [['X-B', '1'], ['a', '2'], ['x-b', '3']] }), [['a', '2'], ['x-b', '1, 3']]);
    assert.deepEqual(await sent({ headers: { 'content-type': '' } }), [['content-type', '']]);
    assert.deepEqual(await sent({ headers: { 'X-Latin': 'é' } }), [['x-latin', 'é']]);
  });

  it('do not frame: those that would are left out, content-encoding stays', async () => {
    const headers = { 'content-length': '5', 'transfer-encoding': 'chunked', 'content-encoding': 'gzip', 'x-middleware-set-cookie': 'x', a: '1' };
    assert.deepEqual(await sent({ headers }), [['a', '1'], ['content-encoding', 'gzip']]);
  });

  it('changed after construction are those that are sent', async () => {
    const reply = await route({
      GET() {
        const response = Response.json({});
        response.headers.set('content-type', 'application/x');
        response.headers.append('vary', 'accept');
        return response;
      },
    }).call();
    assert.deepEqual(reply.fields, [['content-type', 'application/x'], ['vary', 'accept']]);
  });

  it('split cookies that were joined, and keep their dates', async () => {
    const joined = 'a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b=2; Path=/';
    assert.deepEqual(await sent({ headers: [['set-cookie', joined], ['set-cookie', 'c=3'], ['z', '1'], ['a', '1']] }), [
      ['a', '1'],
      ['set-cookie', 'a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT'],
      ['set-cookie', 'b=2; Path=/'],
      ['set-cookie', 'c=3'],
      ['z', '1'],
    ]);
  });

  it('with a control character are refused with 500', async () => {
    const bench = route({ GET: () => new Response('x', { headers: { a: 'x\u0001y', b: '2' } }) });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /^error: ⨯ TypeError: Invalid character in header content \["a"\]/);
    const later = route({
      GET() {
        const response = new Response('x');
        response.headers.set('a', 'x\u007f');
        return response;
      },
    });
    assert.equal((await later.call()).status, 500);
    assert.equal((await route({ GET: text('fine') }).call()).status, 200);
  });

  it('of a fetch() result are passed on', async () => {
    const upstream = new platform.Response('up', { status: 207, statusText: 'Many', headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['content-length', '2'], ['date', 'now']] });
    const reply = await route({ GET: () => upstream }).call();
    assert.deepEqual([reply.status, reply.reason, reply.text], [207, 'Many', 'up']);
    assert.deepEqual(reply.fields, [['content-type', 'text/plain;charset=UTF-8'], ['date', 'now'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);
  });
});

describe('thrown values', () => {
  it('are 500 without fields, and logged', async () => {
    const cases: Array<[unknown, RegExp]> = [
      [new Error('boom'), /^error: ⨯ Error: boom\n {4}at /],
      [new TypeError('outer', { cause: new Error('inner') }), /⨯ TypeError: outer[^]*\[cause\]: Error: inner/],
      ['strboom', /^error: ⨯ strboom$/],
      [{ a: 1, b: 'x' }, /^error: ⨯ \{ a: 1, b: 'x' \}$/],
      [new Response('x', { status: 418 }), /^error: ⨯ Response \{\n {2}status: 418,/],
      [undefined, /^error: ⨯ undefined$/],
      [{ digest: 5 }, /digest: 5/],
      [{ digest: 'NEXT_REDIRECT;sideways;/p;307;' }, /NEXT_REDIRECT/],
      [{ digest: 'NEXT_REDIRECT;push;/p;200;' }, /NEXT_REDIRECT/],
      [{ digest: 'NEXT_HTTP_ERROR_FALLBACK;500' }, /NEXT_HTTP/],
    ];
    for (const [thrown, expected] of cases) {
      for (const handler of [() => { throw thrown; }, async () => { throw thrown; }]) {
        const bench = route({ GET: handler });
        const reply = await bench.call();
        assert.deepEqual([reply.status, reply.fields, reply.text], [500, [], '']);
        assert.equal(bench.logs.length, 1);
        assert.match(bench.logs[0] as string, expected);
      }
    }
  });

  it('that cannot be shown are logged all the same', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = { get [Symbol.toStringTag](): string { throw new Error('no'); } };
    for (const thrown of [proxy, hostile]) {
      const bench = route({ GET: () => { throw thrown; } });
      assert.equal((await bench.call()).status, 500);
      assert.match(bench.logs[0] as string, /⨯ /);
    }
  });

  it('by redirect() are redirects', async () => {
    const form: CallSpec = { method: 'POST', headers: [['content-type', 'multipart/form-data; boundary=x']] };
    const cases: Array<[() => never, CallSpec, number, string]> = [
      [() => redirect('/p'), {}, 307, '/p'],
      [() => redirect('https://a.com/x;y?z', 'push'), {}, 307, 'https://a.com/x;y?z'],
      [() => permanentRedirect('/p'), {}, 308, '/p'],
      [() => redirect('/p'), form, 303, '/p'],
      [() => permanentRedirect('/p'), form, 303, '/p'],
      [() => redirect('/p'), { method: 'POST', headers: [['content-type', 'application/x-www-form-urlencoded']] }, 303, '/p'],
      [() => redirect('/p'), { method: 'POST', headers: [['next-action', 'x']] }, 303, '/p'],
      [() => redirect('/p'), { method: 'POST', headers: [['content-type', 'application/json']] }, 307, '/p'],
      [() => redirect('/p'), { method: 'PUT', headers: [['content-type', 'multipart/form-data']] }, 307, '/p'],
    ];
    for (const [end, spec, status, location] of cases) {
      const bench = route({ GET: end, POST: end, PUT: end });
      const reply = await bench.call(spec);
      assert.deepEqual([reply.status, reply.fields, reply.body], [status, [['location', location]], null]);
      assert.deepEqual(bench.logs, []);
    }
    const unsendable = route({ GET: () => redirect('/ł') });
    assert.equal((await unsendable.call()).status, 500);
    assert.match(unsendable.logs[0] as string, /TypeError: Cannot convert argument to a ByteString because the character at index 1 has a value of 322/);
  });

  it('by redirect() to nowhere are 500', async () => {
    const bench = route({ GET: () => redirect('') });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /⨯ Error: Invariant: Unexpected redirect url format/);
  });

  it('by notFound(), forbidden() and unauthorized() are statuses with nothing else', async () => {
    for (const [end, status] of [[notFound, 404], [forbidden, 403], [unauthorized, 401]] as const) {
      const bench = route({
        async GET() {
          (await cookies()).set('a', '1');
          end();
        },
      });
      const reply = await bench.call();
      assert.deepEqual([reply.status, reply.fields, reply.body], [status, [], null]);
      assert.deepEqual(bench.logs, []);
    }
    const off = route({ GET: forbidden }, {}, { authInterrupts: false });
    assert.equal((await off.call()).status, 500);
    assert.match(off.logs[0] as string, /`forbidden\(\)` is experimental and only allowed to be enabled when/);
  });

  it('are recognised by their digest, whoever made them', async () => {
    const foreign = Object.assign(new Error('x'), { digest: 'NEXT_REDIRECT;replace;/a;b;308;' });
    const reply = await route({ GET: () => Promise.reject(foreign) }).call();
    assert.deepEqual([reply.status, reply.field('location')], [308, '/a;b']);
  });
});

describe('params', () => {
  const params = async (spec: CallSpec, kinds: Array<['single' | 'catchAll' | 'optionalCatchAll', string]>): Promise<unknown> => {
    let found: unknown;
    const handler = async (_: NextRequest, context: { params: Promise<unknown> }): Promise<Response> => {
      found = await context.params;
      return new Response();
    };
    await route({ GET: handler }, { params: kinds.map(([kind, name]) => ({ kind, name })) }).call(spec);
    return found;
  };

  it('are decoded once, catch-alls after splitting', async () => {
    assert.deepEqual(await params({ params: ['a%2Fb%20%C3%A9+%3F%00'] }, [['single', 'id']]), { id: 'a/b é+?\0' });
    assert.deepEqual(await params({ params: ['a%2Fb/c'] }, [['catchAll', 's']]), { s: ['a/b', 'c'] });
    assert.deepEqual(await params({ params: ['x', ''] }, [['single', 'a'], ['optionalCatchAll', 's']]), { a: 'x' });
    assert.deepEqual(await params({ params: [''] }, [['optionalCatchAll', 's']]), {});
    assert.deepEqual(await params({ params: ['1', '2', '3/4'] }, [['single', 'a'], ['single', 'b'], ['catchAll', 'c']]), { a: '1', b: '2', c: ['3', '4'] });
  });

  it('are plain objects, whatever the folders are called', async () => {
    const found = (await params({ params: ['1', '2'] }, [['single', '__proto__'], ['single', 'constructor']])) as object;
    assert.deepEqual(Object.entries(found), [['__proto__', '1'], ['constructor', '2']]);
    assert.equal(Object.getPrototypeOf(found), Object.prototype);
  });

  it('read without await are undefined, and complained about in development only', async () => {
    for (const mode of ['production', 'development'] as const) {
      const bench = route(
        { GET: (_: NextRequest, { params }: { params: Record<string, unknown> }) => Response.json([String(params['id']), String(params['a-b'])]) },
        { pattern: '/p/[id]', params: [{ kind: 'single', name: 'id' }, { kind: 'single', name: 'a-b' }] },
        { mode },
      );
      assert.equal((await bench.call({ params: ['1', '2'] })).text, '["undefined","undefined"]');
      if (mode === 'production') {
        assert.deepEqual(bench.logs, []);
      } else {
        assert.match(
          bench.logs[0] as string,
          /^warn: Error: Route "\/p\/\[id\]" used `params\.id`\. `params` is a Promise and must be unwrapped with `await` or `React\.use\(\)` before accessing its properties\. Learn more: https:\/\/nextjs\.org\/docs\/messages\/sync-dynamic-apis/,
        );
        assert.match(bench.logs[1] as string, /used `params\["a-b"\]`\./);
      }
    }
  });
});

describe('a route that is not loaded', () => {
  it('is loaded by its first call, and again when that failed', async () => {
    const bench = route({});
    let attempts = 0;
    let loaded: RouteModule | null = null;
    const dispatcher = new Dispatcher([{ pattern: '/x', file: 'f', params: [], scope: false }], {
      loadedRoute: () => loaded,
      async loadRoute() {
        attempts += 1;
        if (attempts === 1) {
          throw new Error('cannot load');
        }
        loaded = { GET: text('loaded') };
        return { module: loaded };
      },
    });
    const call = (): Promise<RecordedReply> => {
      const reply = new RecordedReply();
      dispatcher.dispatch(new FakeCall(), reply);
      return reply.done;
    };
    assert.equal((await call()).status, 500);
    assert.match(bench.logs[0] as string, /⨯ Error: cannot load/);
    assert.equal((await call()).text, 'loaded');
    assert.equal((await call()).text, 'loaded');
    assert.equal(attempts, 2);
    loaded = { GET: text('changed') };
    assert.equal((await call()).text, 'changed', 'a module that changed is read again');
  });

  it('does not exist for the worker: 500 and a word in the log', async () => {
    const bench = route({});
    const { reply } = bench.start({ route: 7 });
    assert.equal((await reply.done).status, 500);
    assert.match(bench.logs[0] as string, /the front called route 7 of 1/);
  });

  it('may have exports that throw when they are read', async () => {
    const bench = route({ get GET(): never { throw new ReferenceError('not yet'); } });
    assert.equal((await bench.call()).status, 500);
    assert.match(bench.logs[0] as string, /ReferenceError: not yet/);
  });
});
