/**
 * `Response` beside the platform's: bodies, inits, reading, cloning, streams.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { assertSame, assertSameSettled } from './differential.ts';
import { platform } from './harness.ts';

type Type = typeof Response;

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function streamOf(...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller): void {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

function lockedStream(): ReadableStream {
  const stream = streamOf(bytesOf('x'));
  stream.getReader();
  return stream;
}

async function* generate(): AsyncGenerator<Uint8Array> {
  yield bytesOf('one ');
  yield bytesOf('two');
}

function form(): FormData {
  const data = new FormData();
  data.append('a', '1');
  data.append('f', new File(['content'], 'f.txt', { type: 'text/plain' }));
  return data;
}

const BODIES: Array<[string, () => unknown]> = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['an empty string', () => ''],
  ['text', () => 'hello'],
  ['text beyond ASCII', () => 'zażółć 🎉'],
  ['a lone surrogate', () => 'a\ud800b'],
  ['text with a byte order mark', () => '\ufeffx'],
  ['JSON text', () => '{"a":[1,2]}'],
  ['bytes', () => bytesOf('{"a":1}')],
  ['bytes that are no UTF-8', () => new Uint8Array([0x61, 0xff, 0xe2, 0x82, 0x62, 0xf0, 0x9f])],
  ['bytes with a byte order mark', () => new Uint8Array([0xef, 0xbb, 0xbf, 0x61])],
  ['an ArrayBuffer', () => bytesOf('buffer').buffer],
  ['a view', () => new Uint16Array([0x6161, 0x6262])],
  ['a part of a buffer', () => bytesOf('0123456789').subarray(2, 5)],
  ['a DataView', () => new DataView(bytesOf('view').buffer)],
  ['a Buffer', () => Buffer.from('node')],
  ['a blob', () => new Blob(['blob'], { type: 'Text/Plain' })],
  ['a blob without type', () => new Blob(['blob'])],
  ['search params', () => new URLSearchParams('a=1&b=ü')],
  ['a form', form],
  ['a stream', () => streamOf(bytesOf('he'), bytesOf('llo'))],
  ['a stream of text', () => streamOf('text')],
  ['a locked stream', lockedStream],
  ['an async generator', generate],
  ['a number', () => 5],
  ['an object', () => ({ a: 1 })],
  ['a symbol', () => Symbol('s')],
];

const INITS: Array<[string, () => unknown]> = [
  ['no init', () => undefined],
  ['null init', () => null],
  ['an empty init', () => ({})],
  ['a number as init', () => 5],
  ['a status', () => ({ status: 201 })],
  ['a status as text', () => ({ status: '404' })],
  ['a fraction', () => ({ status: 200.7 })],
  ['status 199', () => ({ status: 199 })],
  ['status 600', () => ({ status: 600 })],
  ['status 0', () => ({ status: 0 })],
  ['status NaN', () => ({ status: Number.NaN })],
  ['status null', () => ({ status: null })],
  ['status 204', () => ({ status: 204 })],
  ['status 304', () => ({ status: 304 })],
  ['status 599', () => ({ status: 599 })],
  ['a reason', () => ({ status: 202, statusText: 'Fine' })],
  ['a latin-1 reason', () => ({ statusText: 'Ünknown' })],
  ['a reason with a line break', () => ({ statusText: 'a\nb' })],
  ['a reason beyond latin-1', () => ({ statusText: 'ł' })],
  ['a reason that is no text', () => ({ statusText: 5 })],
  ['fields', () => ({ headers: { 'X-A': '1', b: '2' } })],
  ['a content type', () => ({ headers: { 'Content-Type': 'text/html' } })],
  ['an empty content type', () => ({ headers: { 'content-type': '' } })],
  ['headers of ours', () => ({ headers: new Headers({ a: '1' }) })],
  ['headers of the platform', () => ({ headers: new platform.Headers({ a: '1' }) })],
  ['bad headers', () => ({ headers: { 'a b': '1' } })],
  ['headers null', () => ({ headers: null })],
  ['a response', () => new Response('x', { status: 203, statusText: 'Odd', headers: { q: '1' } })],
];

const READERS = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;

/** A form's boundary is random. */
function boundless(text: string): string {
  return text.replaceAll(/-+form(?:data-undici)?-\w+/gi, '(boundary)');
}

function look(response: Response): unknown {
  const { status, statusText, ok, type, url, redirected, bodyUsed } = response;
  const headers = [...response.headers].map(([name, value]) => [name, boundless(value)]);
  return { status, statusText, ok, type, url, redirected, bodyUsed, headers, hasBody: response.body !== null };
}

async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Blob) {
    return { type: boundless(value.type), text: boundless(await value.text()) };
  }
  if (value instanceof FormData) {
    return Promise.all([...value].map(async ([name, entry]) => [boundless(name), typeof entry === 'string' ? boundless(entry) : [entry.name, entry.type, await entry.text()]]));
  }
  if (value instanceof ArrayBuffer) {
    return boundless(Buffer.from(value).toString('latin1'));
  }
  if (value instanceof Uint8Array) {
    return boundless(Buffer.from(value).toString('latin1'));
  }
  return typeof value === 'string' ? boundless(value) : value;
}

async function read(response: Response, reader: (typeof READERS)[number]): Promise<unknown> {
  return plain(await (response[reader] as () => Promise<unknown>)());
}

describe('Response', () => {
  for (const [what, init] of INITS) {
    it(`made with ${what} equals the platform's, for every body`, () => {
      for (const [kind, body] of BODIES) {
        const make = (type: Type) => (): unknown => look(new type(body() as BodyInit, init() as ResponseInit));
        assertSame(`${kind} with ${what}`, make(Response), make(platform.Response));
      }
    });
  }

  for (const [kind, body] of BODIES) {
    it(`whose body is ${kind} is read as the platform's`, async () => {
      for (const reader of READERS) {
        const once = (type: Type) => (): Promise<unknown> => read(new type(body() as BodyInit), reader);
        await assertSameSettled(`${reader}() of ${kind}`, once(Response), once(platform.Response));
        const typed = (type: Type) => (): Promise<unknown> =>
          read(new type(body() as BodyInit, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }), reader);
        await assertSameSettled(`${reader}() of ${kind} as a form`, typed(Response), typed(platform.Response));
        const twice = (type: Type) => async (): Promise<unknown> => {
          const response = new type(body() as BodyInit);
          await read(response, reader).catch(() => undefined);
          return [response.bodyUsed, response.body?.locked, await read(response, 'text').catch(String)];
        };
        await assertSameSettled(`${reader}() of ${kind} twice`, twice(Response), twice(platform.Response));
        const through = (type: Type) => async (): Promise<unknown> => {
          const response = new type(body() as BodyInit);
          const stream = response.body;
          return [response.body === stream, response.bodyUsed, await read(response, reader), response.bodyUsed];
        };
        await assertSameSettled(`${reader}() of ${kind} after body`, through(Response), through(platform.Response));
      }
    });

    it(`whose body is ${kind} is cloned as the platform's`, async () => {
      const both = (type: Type) => async (): Promise<unknown> => {
        const response = new type(body() as BodyInit, { status: 203, headers: { a: '1' } });
        const copy = response.clone();
        copy.headers.set('b', '2');
        return [look(response), look(copy), await read(copy, 'arrayBuffer'), await read(response, 'arrayBuffer')];
      };
      await assertSameSettled(`clone of ${kind}`, both(Response), both(platform.Response));
      const used = (type: Type) => async (): Promise<unknown> => {
        const response = new type(body() as BodyInit);
        await response.arrayBuffer().catch(() => undefined);
        return look(response.clone());
      };
      await assertSameSettled(`clone of a read ${kind}`, used(Response), used(platform.Response));
    });

    it(`whose body is ${kind} streams as the platform's`, async () => {
      const chunks = (type: Type) => async (): Promise<unknown> => {
        const response = new type(body() as BodyInit);
        const seen: unknown[] = [];
        for await (const chunk of (response.body ?? []) as AsyncIterable<unknown>) {
          seen.push(await plain(chunk));
        }
        return [seen.join(''), response.bodyUsed];
      };
      await assertSameSettled(`stream of ${kind}`, chunks(Response), chunks(platform.Response));
    });
  }

  it('has the static makers of the platform', async () => {
    const steps: Array<[string, (type: Type) => unknown]> = [
      ['error', (type) => look(type.error())],
      ['error, changed', (type) => type.error().headers.set('a', '1')],
      ['redirect', (type) => look(type.redirect('http://a.com/x y'))],
      ['redirect, changed', (type) => type.redirect('http://a.com').headers.append('a', '1')],
      ['redirect 308', (type) => look(type.redirect(new URL('http://a.com'), 308))],
      ['redirect 200', (type) => type.redirect('http://a.com', 200)],
      ['redirect to a relative URL', (type) => type.redirect('/q')],
      ['redirect to nothing', (type) => (type.redirect as () => unknown)()],
      ['json', (type) => look(type.json({ a: 1 }))],
      ['json with init', (type) => look(type.json([], { status: 201, statusText: 'Made', headers: { 'X-A': '1' } }))],
      ['json with a type', (type) => look(type.json('x', { headers: { 'Content-Type': 'application/problem+json' } }))],
      ['json with fields that the platform converts', (type) => look(type.json('x', { headers: new Map([['x-a', '1']]) as never }))],
      ['json of undefined with a bad init', (type) => type.json(undefined, 5 as never)],
      ['json of undefined', (type) => type.json(undefined)],
      ['json of a function', (type) => type.json(() => 1)],
      ['json of a BigInt', (type) => type.json(1n)],
      ['json with status 204', (type) => type.json({}, { status: 204 })],
      ['json with a bad status', (type) => type.json({}, { status: 99 })],
      ['json of nothing', (type) => (type.json as () => unknown)()],
      ['a getter without a response', (type) => typeof Object.getOwnPropertyDescriptor(type.prototype, 'status')?.get],
    ];
    for (const [what, step] of steps) {
      assertSame(what, () => step(Response), () => step(platform.Response));
    }
    assert.equal(await Response.json({ a: 'ü' }).text(), '{"a":"ü"}');
  });

  it('has the shape of the interface', () => {
    const shape = (type: Type): unknown => ({
      name: type.name,
      length: type.length,
      keys: Object.keys(type.prototype).filter((key) => key !== 'textStream').sort(),
      tag: Object.prototype.toString.call(new type()),
      statics: ['error', 'json', 'redirect'].map((key) => [key, typeof type[key as 'error']]),
    });
    assert.deepEqual(shape(Response), shape(platform.Response));
    assert.equal(inspect(new Response('x')), inspect(new platform.Response('x')));
    assert.match(inspect({ nested: { deeper: new Response('x') } }), /Response/);
  });

  it('is what instanceof and derived classes expect', async () => {
    class Teapot extends Response {
      constructor() {
        super('short and stout', { status: 418 });
      }
      get isTeapot(): boolean {
        return true;
      }
    }
    const pot = new Teapot();
    assert.ok(pot instanceof Response && pot instanceof Teapot && pot.isTeapot);
    assert.equal(await pot.text(), 'short and stout');
    assert.ok(!(new Response() instanceof Teapot));
    assert.ok(new platform.Response('x') instanceof Response, 'the platform’s are instances of ours');
    assert.ok(!(({}) instanceof Response));
    Object.defineProperty(Response.prototype, 'extension', { value: 1, configurable: true });
    assert.equal((new platform.Response() as unknown as { extension: number }).extension, 1, 'additions reach the platform’s');
    Reflect.deleteProperty(Response.prototype, 'extension');
  });

  it('keeps a copy of the bytes that it was given', async () => {
    const bytes = bytesOf('before');
    const response = new Response(bytes);
    bytes.fill(0x21);
    assert.equal(await response.text(), 'before');
  });

  it('gives independent bytes to a response and its clone', async () => {
    const response = new Response(bytesOf('same'));
    const copy = response.clone();
    new Uint8Array(await response.arrayBuffer()).fill(0x21);
    assert.equal(await copy.text(), 'same');
  });

  it('passes a body stream on to another response', async () => {
    const first = new Response('moved', { headers: { a: '1' } });
    const second = new Response(first.body, first);
    assert.equal(second.headers.get('a'), '1');
    assert.equal(await second.text(), 'moved');
    assert.equal(first.bodyUsed, true);
  });

  it('cancels a tee only when both ends are cancelled', async () => {
    let cancelled = 0;
    const response = new Response(new ReadableStream({ cancel: () => void (cancelled += 1) }));
    const copy = response.clone();
    void response.body?.cancel();
    assert.equal(cancelled, 0);
    await copy.body?.cancel();
    assert.equal(cancelled, 1);
  });

  it('serves byte-stream readers', async () => {
    const reader = new Response('abcdef').body?.getReader({ mode: 'byob' });
    const first = await reader?.read(new Uint8Array(4));
    assert.deepEqual([...(first?.value ?? [])].length > 0, true);
    assert.equal(new TextDecoder().decode(first?.value).startsWith('ab'), true);
  });
});
