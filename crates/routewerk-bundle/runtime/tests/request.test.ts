/**
 * `Request` and `NextRequest`: those that users make beside the platform's, and those of calls.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { NextRequest, requestOfCall } from '../next/request.ts';
import { assertSameSettled, settledOutcomeOf } from './differential.ts';
import { FakeCall, FedBody } from './fake-call.ts';
import type { CallSpec } from './fake-call.ts';
import { platform } from './harness.ts';

type Type = typeof Request;

const MADE: Array<[string, (type: Type) => Request]> = [
  ['a URL', (type) => new type('http://a.com/x y?q=1#h')],
  ['a URL object', (type) => new type(new URL('http://a.com'))],
  ['a relative URL', (type) => new type('/x')],
  ['credentials in the URL', (type) => new type('http://u:p@a.com')],
  ['a method', (type) => new type('http://a.com', { method: 'post', body: 'x' })],
  ['an unknown method', (type) => new type('http://a.com', { method: 'PROPFIND' })],
  ['a forbidden method', (type) => new type('http://a.com', { method: 'TRACE' })],
  ['a GET with body', (type) => new type('http://a.com', { body: 'x' })],
  ['fields', (type) => new type('http://a.com', { headers: { A: '1' } })],
  ['a JSON body', (type) => new type('http://a.com', { method: 'PUT', body: '{"a":1}', headers: { 'content-type': 'application/json' } })],
  ['a form body', (type) => new type('http://a.com', { method: 'POST', body: new URLSearchParams('a=1&a=2') })],
  ['bytes', (type) => new type('http://a.com', { method: 'POST', body: new Uint8Array([1, 2]) })],
  ['a stream without duplex', (type) => new type('http://a.com', { method: 'POST', body: new ReadableStream() })],
  ['every option', (type) => new type('http://a.com', { cache: 'no-store', credentials: 'include', integrity: 'x', keepalive: true, mode: 'same-origin', redirect: 'manual', referrer: 'http://b.com', referrerPolicy: 'origin' })],
  ['a bad option', (type) => new type('http://a.com', { redirect: 'never' as never })],
  ['a copy', (type) => new type(new type('http://a.com', { method: 'POST', body: 'x', headers: { a: '1' } }))],
  ['a copy with another method', (type) => new type(new type('http://a.com', { headers: { a: '1' } }), { method: 'DELETE' })],
  ['a request as init', (type) => new type('http://b.com', new type('http://a.com', { method: 'POST', headers: { a: '1' } }))],
  ['a copy of one that is kept alive, with its body', (type) => new type(new type('http://a.com', { method: 'POST', body: 'x', keepalive: true }))],
  ['a copy whose fields were changed', (type) => {
    const first = new type('http://a.com', { headers: { a: '1', b: '2' } });
    first.headers.delete('a');
    first.headers.set('c', '3');
    return new type(first);
  }],
  ['null', (type) => new type(null as never)],
  ['nothing', (type) => new (type as unknown as new () => Request)()],
  ['an object', (type) => new type({} as never)],
];

function look(request: Request): unknown {
  const { method, url, destination, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity } = request;
  const { keepalive, duplex, bodyUsed } = request as Request & { duplex: string };
  return {
    ...{ method, url, destination, referrer, referrerPolicy, mode, credentials, cache, redirect, integrity },
    ...{ keepalive, duplex, bodyUsed, headers: [...request.headers], hasBody: request.body !== null },
    ...{ aborted: request.signal.aborted, tag: Object.prototype.toString.call(request) },
  };
}

/** The same request over the channel and made by the platform. */
function pair(spec: CallSpec): [ours: NextRequest, theirs: Request] {
  const method = spec.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const body = spec.body === undefined || spec.body === null ? '' : spec.body;
  const theirs = new platform.Request(spec.url ?? 'http://localhost:3000/', {
    method,
    headers: (spec.headers ?? []) as Array<[string, string]>,
    body: hasBody ? new platform.Response(body as string).body : null,
    duplex: 'half',
  } as RequestInit);
  return [requestOfCall(new FakeCall(spec)), theirs];
}

const FIELDS: Array<[string, string]> = [
  ['host', 'localhost:3000'],
  ['accept', '*/*'],
  ['content-type', 'application/json; charset=utf-8'],
  ['cookie', 'a=1; b=2'],
];

const BODIES = ['', '{"a":[1,2,{"b":"ü"}]}', 'not json', '\ufeff{"a":1}', 'a=1&b=%20x+y', '[1,2', 'null'];
/** Streams begin to pull in a microtask of their own. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const READERS = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;

async function read(request: Request | NextRequest, reader: (typeof READERS)[number]): Promise<unknown> {
  const value = await (request[reader] as () => Promise<unknown>)();
  if (value instanceof Blob) {
    return [value.type, await value.text()];
  }
  return value instanceof FormData ? [...value] : value;
}

describe('Request', () => {
  for (const [what, make] of MADE) {
    it(`made of ${what} equals the platform's`, async () => {
      await assertSameSettled(what, () => look(make(Request)), () => look(make(platform.Request)));
      await assertSameSettled(`${what}, read`, () => make(Request).text(), () => make(platform.Request).text());
      const cloned = (type: Type) => async (): Promise<unknown> => {
        const request = make(type);
        const copy = request.clone();
        return [look(copy), await copy.text(), await request.text()];
      };
      await assertSameSettled(`${what}, cloned`, cloned(Request), cloned(platform.Request));
    });
  }

  it('of a call equals the platform’s with the same content', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'] as const) {
      const [ours, theirs] = pair({ method, url: 'http://localhost:3000/a%20b?q=1', headers: FIELDS, body: 'x' });
      assert.deepEqual(look(ours as unknown as Request), look(theirs), method);
      assert.equal(await ours.text(), await theirs.text(), method);
    }
  });

  it('of a call reads its body as the platform does', async () => {
    for (const body of BODIES) {
      for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/PLAIN;charset=x', '']) {
        const headers = type === '' ? [] : [['content-type', type] as [string, string]];
        for (const reader of READERS) {
          const [ours, theirs] = pair({ method: 'POST', headers, body });
          const what = `${reader}() of ${JSON.stringify(body)} as ${type}`;
          await assertSameSettled(what, () => read(ours, reader), () => read(theirs, reader));
          await assertSameSettled(`${what}, used`, () => ours.bodyUsed, () => theirs.bodyUsed);
          await assertSameSettled(`${what}, again`, () => read(ours, 'text'), () => read(theirs, 'text'));
          await assertSameSettled(`${what}, cloned late`, () => typeof ours.clone(), () => typeof theirs.clone());
        }
      }
    }
  });

  it('reads multipart forms with files', async () => {
    const form = new FormData();
    form.append('title', 'Hi ü');
    form.append('file', new File(['a\r\nb'], 'näme.txt', { type: 'text/plain' }));
    form.append('title', 'again');
    const encoded = new platform.Response(form);
    const type = String(encoded.headers.get('content-type'));
    const body = new Uint8Array(await encoded.arrayBuffer());
    const request = requestOfCall(new FakeCall({ method: 'POST', headers: [['content-type', type]], body }));
    const read_ = await request.formData();
    assert.deepEqual([...read_.keys()], ['title', 'file', 'title']);
    const file = read_.get('file') as File;
    assert.deepEqual([file.name, file.type, file.size, await file.text()], ['näme.txt', 'text/plain', 4, 'a\r\nb']);
  });

  it('ignores the body of a GET and of a HEAD', async () => {
    for (const method of ['GET', 'HEAD'] as const) {
      const request = requestOfCall(new FakeCall({ method, body: 'ignored' }));
      assert.equal(request.body, null);
      assert.equal(await request.text(), '');
      assert.equal(await request.text(), '', 'a null body can be read again');
    }
  });

  it('streams a body as it arrives and returns credit for what was read', async () => {
    const body = new FedBody();
    const request = requestOfCall(new FakeCall({ method: 'POST', body }));
    await turn();
    assert.equal(body.isStarted, false, 'nothing starts before somebody reads');
    const reader = (request.body as ReadableStream<Uint8Array>).getReader();
    const first = reader.read();
    await turn();
    assert.equal(body.isStarted, true);
    body.chunk(new Uint8Array([1, 2, 3]));
    assert.deepEqual((await first).value, new Uint8Array([1, 2, 3]));
    assert.equal(body.takenBytes, 3);
    body.chunk(new Uint8Array(1000));
    body.chunk(new Uint8Array(1000));
    await turn();
    assert.equal(body.takenBytes, 3, 'what nobody has read gives no credit');
    await reader.read();
    assert.equal(body.takenBytes, 1003);
    body.end();
    await reader.read();
    assert.equal((await reader.read()).done, true);
    assert.equal(request.bodyUsed, true);
  });

  it('collects a body that is still arriving', async () => {
    const body = new FedBody();
    const request = requestOfCall(new FakeCall({ method: 'POST', body }));
    const json = request.json();
    assert.equal(request.bodyUsed, true);
    body.chunk(new TextEncoder().encode('{"a":'));
    body.chunk(new TextEncoder().encode('1}'));
    assert.equal(body.takenBytes, 7);
    body.end();
    assert.deepEqual(await json, { a: 1 });
  });

  it('fails a read when the body breaks off', async () => {
    for (const start of [(request: NextRequest) => request.text(), (request: NextRequest) => request.body?.getReader().read()]) {
      const body = new FedBody();
      const reading = start(requestOfCall(new FakeCall({ method: 'POST', body })));
      await turn();
      body.fail('the client left');
      const outcome = await settledOutcomeOf(() => reading);
      assert.deepEqual(outcome, { thrown: 'Error: aborted' });
    }
  });

  it('tells the channel when a body is not wanted', async () => {
    const body = new FedBody();
    const request = requestOfCall(new FakeCall({ method: 'POST', body }));
    await request.body?.cancel();
    assert.equal(body.isCancelled, true);
  });

  it('splits a body between a request and its clone', async () => {
    for (const body of ['whole', null]) {
      const fed = new FedBody();
      const request = requestOfCall(new FakeCall({ method: 'POST', body: body ?? fed, headers: FIELDS, url: 'http://localhost:3000/p?q=1' }));
      const copy = request.clone() as unknown as NextRequest;
      const texts = Promise.all([request.text(), copy.text()]);
      if (body === null) {
        await turn();
        fed.chunk(new TextEncoder().encode('whole'));
        fed.end();
      }
      assert.deepEqual(await texts, ['whole', 'whole']);
      assert.ok(copy instanceof NextRequest, 'a clone is a NextRequest');
      assert.equal(copy.nextUrl.pathname, '/p');
      copy.headers.set('accept', 'changed');
      assert.equal(request.headers.get('accept'), '*/*');
      assert.equal(copy.cookies.get('a')?.value, '1');
    }
  });

  it('aborts its signal when the client leaves, with ResponseAborted', () => {
    const call = new FakeCall();
    const request = requestOfCall(call);
    let heard = 0;
    request.signal.addEventListener('abort', () => (heard += 1));
    call.abort();
    assert.equal(heard, 1);
    assert.equal((request.signal.reason as Error).name, 'ResponseAborted');
    assert.equal((request.signal.reason as Error).message, '');
    const late = new FakeCall();
    late.abort();
    assert.equal(requestOfCall(late).signal.aborted, true, 'also when it is touched later');
  });

  it('goes to fetch, with its body, fields and signal', async () => {
    const server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        outgoing.setHeader('set-cookie', ['a=1', 'b=2']);
        outgoing.end(JSON.stringify({ method: incoming.method, url: incoming.url, x: incoming.headers['x-a'], body: Buffer.concat(chunks).toString() }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const own = requestOfCall(new FakeCall({ method: 'POST', url: `${origin}/p`, headers: [['x-a', '1']], body: 'payload' }));
      const reply = await fetch(own as unknown as Request);
      assert.deepEqual(await reply.json(), { method: 'POST', url: '/p', x: '1', body: 'payload' });
      assert.ok(reply instanceof Response);
      assert.ok(reply.headers instanceof Headers);
      assert.deepEqual(reply.headers.getSetCookie(), ['a=1', 'b=2']);
      assert.equal(own.bodyUsed, true);
      assert.match(String(await fetch(own as unknown as Request).catch(String)), /TypeError: .*used/);
      const made = await fetch(new Request(`${origin}/q`, { method: 'PUT', body: 'x', headers: new Headers({ 'x-a': '2' }) }));
      assert.deepEqual(await made.json(), { method: 'PUT', url: '/q', x: '2', body: 'x' });
      const overridden = await fetch(requestOfCall(new FakeCall({ method: 'POST', url: `${origin}/r`, body: 'x' })) as unknown as Request, { method: 'DELETE', body: 'y' });
      assert.equal(((await overridden.json()) as { body: string }).body, 'y');
      const proxied = requestOfCall(new FakeCall({ method: 'POST', url: 'http://localhost:3000/', body: 'through' }));
      const passed = await fetch(`${origin}/s`, { method: proxied.method, headers: proxied.headers, body: proxied.body, duplex: 'half' } as RequestInit);
      assert.equal(((await passed.json()) as { body: string }).body, 'through');
      const call = new FakeCall({ url: `${origin}/t` });
      call.abort();
      assert.equal(await fetch(requestOfCall(call) as unknown as Request).catch((error: Error) => error.name), 'ResponseAborted');
      assert.equal(await fetch('/relative').catch((error: Error) => error.name), 'TypeError');
      assert.equal(await (fetch as () => Promise<unknown>)().catch((error: Error) => error.name), 'TypeError');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('has the shape of the interface', () => {
    const ignored = new Set(['textStream', 'attribute']);
    const keys = (type: Type): string[] => Object.keys(type.prototype).filter((key) => !ignored.has(key)).sort();
    assert.deepEqual(keys(Request), keys(platform.Request));
    assert.deepEqual([Request.name, Request.length], [platform.Request.name, platform.Request.length]);
    assert.equal(inspect(new Request('http://a.com')), inspect(new platform.Request('http://a.com')));
    assert.match(inspect(requestOfCall(new FakeCall())), /^NextRequest \{/);
    // One argument more than the platform's: that of Next.js.
    assert.deepEqual([fetch.name, fetch.length], [platform.fetch.name, 2]);
  });
});

describe('NextRequest', () => {
  it('is a Request in every respect', () => {
    const request = requestOfCall(new FakeCall());
    assert.ok(request instanceof Request);
    assert.ok(request instanceof NextRequest);
    assert.equal(Object.prototype.toString.call(request), '[object Request]');
    assert.equal((request as unknown as { ip: unknown }).ip, undefined);
    (request as unknown as { extra: number }).extra = 1;
    assert.equal((request as unknown as { extra: number }).extra, 1);
    assert.throws(() => {
      (request as { method: string }).method = 'PUT';
    }, TypeError);
    assert.throws(() => {
      (request as { url: string }).url = 'x';
    }, TypeError);
  });

  it('is made by users as in Next.js', async () => {
    const made = new NextRequest('http://127.0.0.1:3000/a/?q=1', { method: 'POST', body: 'x', headers: { cookie: 'a=1' } });
    assert.equal(made.url, 'http://localhost:3000/a/?q=1', 'loopback hosts are called localhost');
    assert.equal(made.cookies.get('a')?.value, '1');
    assert.equal(await made.text(), 'x');
    const copy = new NextRequest(new Request('http://a.com/x', { method: 'POST', body: 'y' }));
    assert.equal(await copy.text(), 'y');
    const streamed = new NextRequest('http://a.com', { method: 'POST', body: new ReadableStream({ start: (c) => c.close() }) });
    assert.equal(await streamed.text(), '');
    assert.throws(() => new NextRequest('/x'), {
      message: 'URL is malformed "/x". Please use only absolute URLs - https://nextjs.org/docs/messages/middleware-relative-urls',
    });
    assert.throws(() => made.page, /^Error: The request.page has been deprecated/);
    assert.throws(() => made.ua, /^Error: The request.ua has been removed/);
  });

  it('shows later changes of the headers where Next.js does', () => {
    const request = requestOfCall(new FakeCall({ headers: [['cookie', 'a=1']] }));
    request.headers.set('cookie', 'b=2');
    assert.equal(request.cookies.get('a')?.value, '1', 'cookies are those that came');
    assert.equal(request.cookies.has('b'), false);
    request.cookies.set('c', 'x y');
    assert.equal(request.headers.get('cookie'), 'a=1; c=x%20y');
  });
});
