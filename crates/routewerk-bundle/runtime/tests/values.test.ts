/** Values as text: what `'use cache'` functions get of what they are given, what their callers get of what they return, and what is in a key. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { describePart } from '../cache/serial/describe-part.ts';
import { readArguments, readResult } from '../cache/serial/read-value.ts';
import { shownError } from '../cache/use-cache/shown-error.ts';
import type { ErrorFacts } from '../cache/use-cache/shown-error.ts';
import { writeArguments } from '../cache/serial/write-arguments.ts';
import { writeResult } from '../cache/serial/write-result.ts';

class Point {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
}

const note = (thrown: unknown): ErrorFacts => ({ digest: 'd', name: 'Error', message: String(thrown) });

/** What a function gets. */
async function taken(value: unknown): Promise<unknown> {
  return readArguments(await writeArguments([value])).args[0];
}

/** What a caller gets. */
async function given(value: unknown): Promise<unknown> {
  const { text, failure } = await writeResult(value, null, note);
  if (failure !== null) {
    throw shownError(failure);
  }
  return readResult(text, new Map());
}

async function key(...args: unknown[]): Promise<string> {
  return (await writeArguments(args)).text;
}

describe('values as text', () => {
  it('keep what JSON loses', async () => {
    const value = {
      date: new Date(5),
      map: new Map<unknown, unknown>([['a', new Date(1)], [{ k: 1 }, new Set([1, 'b'])]]),
      big: 12345678901234567890n,
      numbers: [Number.NaN, -0, 0, Infinity, -Infinity, 1.5],
      none: null,
      bytes: new Uint8Array([1, 2, 255]),
      part: new Uint8Array([1, 2, 3]).subarray(1, 2),
      floats: new Float64Array([1.5]),
      buffer: new Uint8Array([7]).buffer,
      text: 'lone \ud800 and \u2028',
    };
    for (const back of [await taken(value), await given(value)] as (typeof value)[]) {
      assert.deepEqual(back, value);
      assert.ok(back.buffer instanceof ArrayBuffer);
    }
    assert.deepEqual(await given({ known: Symbol.for('known') }), { known: Symbol.for('known') });
    assert.equal(await given(undefined), undefined);
    const never = (await given(new Date(Number.NaN))) as Date;
    assert.ok(Number.isNaN(never.getTime()));
    assert.equal(await taken(new Date(Number.NaN)), null);
  });

  it('are what JSON makes of what has a form in it, and lists of what can be gone through', async () => {
    const value = { url: new URL('http://a/b'), bytes: Buffer.from('hi'), query: new URLSearchParams('a=1&b=2') };
    const back = { url: 'http://a/b', bytes: { type: 'Buffer', data: [104, 105] }, query: [['a', '1'], ['b', '2']] };
    assert.deepEqual(await taken(value), back);
    assert.deepEqual(await given(value), back);
    assert.equal(await taken(new URL('http://a/b')), 'http://a/b');
    await assert.rejects(given(new URL('http://a/b')), /Only plain objects/);
    assert.deepEqual(await given(Buffer.from('hi')), new Uint8Array([104, 105]));
  });

  it('leave out what is undefined, and what would change a prototype', async () => {
    const holes: unknown[] = [1];
    holes[2] = 3;
    assert.deepEqual(await taken({ a: 1, none: undefined }), { a: 1 });
    assert.deepEqual(await given({ a: 1, none: undefined }), { a: 1 });
    assert.deepEqual(await taken(holes), [1, undefined, 3]);
    assert.deepEqual(await given(holes), [1, undefined, 3]);
    const own = (await given(JSON.parse('{"__proto__":{"x":1},"a":2}'))) as object;
    assert.deepEqual([Object.keys(own), Object.getPrototypeOf(own)], [['a'], Object.prototype]);
  });

  it('keep what is shared and what is circular', async () => {
    const one = { name: 'one' } as { name: string; self?: unknown };
    one.self = one;
    for (const back of [await taken([one, one]), await given([one, one])] as (typeof one)[][]) {
      assert.ok(back[0] === back[1] && back[0]?.self === back[0]);
    }
  });

  it('wait for promises, streams and what comes piece by piece, also for those in them', async () => {
    async function* pieces(): AsyncGenerator<unknown> {
      yield { one: 1 };
      yield Promise.resolve(2);
    }
    const value = () => ({ later: Promise.resolve([Promise.resolve(1)]), stream: new Response('text').body, pieces: pieces() });
    for (const back of [await taken(value()), await given(value())] as ReturnType<typeof value>[]) {
      assert.equal(await (await back.later)[0], 1);
      assert.equal(await new Response(back.stream).text(), 'text');
      const all: unknown[] = [];
      for await (const piece of back.pieces) {
        all.push(await piece);
      }
      assert.deepEqual(all, [{ one: 1 }, 2]);
    }
    await assert.rejects(key(Promise.reject(new TypeError('no'))), /^TypeError: no$/);
  });

  it('of files are files for a function, and blobs for its caller', async () => {
    const file = new File(['same'], 'one', { type: 'text/plain', lastModified: 7 });
    const inside = (await taken(file)) as File;
    assert.deepEqual([inside.name, inside.type, await inside.text()], ['one', 'text/plain', 'same']);
    const blob = (await given(file)) as Blob;
    assert.deepEqual([blob instanceof File, blob.type, await blob.text()], [false, 'text/plain', 'same']);
    assert.notEqual(await key(file), await key(new File(['same'], 'two', { type: 'text/plain' })));
    const form = new FormData();
    form.append('a', '1');
    form.append('f', file);
    assert.deepEqual([...((await taken(form)) as FormData)].map(([name, value]) => [name, value instanceof File ? value.name : value]), [['a', '1'], ['f', 'one']]);
  });

  it('are refused where Next.js refuses them, with the place', async () => {
    await assert.rejects(given({ a: 1, value: new Point(1) }), /Only plain objects.*not supported\.\n {2}\{a: 1, value: \{x: 1\}\}\n {16}\^{6}$/);
    await assert.rejects(given(new Response('')), /Only plain objects.*not supported\.\n {2}\{\}$/);
    await assert.rejects(given(Object.create(null)), /Only plain objects/);
    await assert.rejects(given(() => 1), /Functions cannot be passed directly.*return it\.\n {2}\{\}$/);
    await assert.rejects(given({ onClick: () => 1 }), /Event handlers cannot be passed to Client Component props\.\n/);
    await assert.rejects(given([Symbol('x')]), /Only global symbols .* Symbol\.for\(x\) cannot be found among global symbols\.\n {2}\[Symbol\(x\)\]/);
    assert.equal(describePart({ 'a b': 'a long text that is cut', list: [1, { x: 2 }], f: function named() {} }, 'f'), '\n  {a b: ..., list: ..., f: function named}\n                           ^^^^^^^^^^^^^^');
    await assert.rejects(key({ 'a:b': () => 1 }), /^Error: Client Functions cannot be passed directly to Server Functions\./);
    await assert.rejects(key(Promise.resolve(() => 1)), /^Error: Client Functions cannot be passed/);
    await assert.rejects(key({ 'a:b': Symbol('x') }), /^Error: Symbols cannot be passed to a Server Function/);
  });

  it('that fail in a promise or a stream fail there alone', async () => {
    const broken = new ReadableStream({
      start(controller): void {
        controller.enqueue('first');
        controller.error(new Error('torn'));
      },
    });
    const { text, failure, isWhole } = await writeResult({ later: Promise.resolve({ bad: () => 1 }), broken, fine: 1 }, null, note);
    assert.deepEqual([failure, isWhole], [null, false]);
    const back = readResult(text, new Map()) as { later: Promise<unknown>; broken: ReadableStream; fine: number };
    assert.equal(back.fine, 1);
    await assert.rejects(back.later, /Functions cannot be passed/);
    await assert.rejects(new Response(back.broken.pipeThrough(new TextEncoderStream())).text(), /torn/);
  });

  it('of arguments that are returned are those of the caller', async () => {
    const args = [{ plain: [1] }, new Point(1), () => 1, Symbol('own'), new Map([['a', { in: 'map' }]])] as const;
    const written = await writeArguments(args);
    const { args: inside, numbers } = readArguments(written);
    const [plain, point, call, symbol, map] = inside as [{ plain: unknown; added?: number }, unknown, unknown, unknown, Map<string, unknown>];
    plain.added = 2;
    const result = await writeResult([plain, plain.plain, point, call, symbol, map.get('a')], numbers, note);
    const back = readResult(result.text, written.given) as unknown[];
    assert.deepEqual(back, [args[0], args[0].plain, args[1], args[2], args[3], args[4].get('a')]);
    assert.ok(back[0] === args[0] && back[1] === args[0].plain && back[2] === args[1] && back[5] === args[4].get('a'));
  });
});

/** Numbers that look like chance and are the same each time. */
function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A value, and a text that is the same for equal values alone. */
function anyValue(next: (below: number) => number, depth: number): [value: unknown, name: string] {
  const simple: readonly (() => [unknown, string])[] = [
    () => [undefined, 'undefined'],
    () => [null, 'null'],
    () => [next(2) === 0, ''],
    () => [[0, -0, 1, Number.NaN, Infinity, -Infinity][next(6)], ''],
    () => [['', 'a', '$', '$undefined', '1', '{}', 'null', '0', '\ud800', '\ud801', 'a,b'][next(11)], ''],
    () => [BigInt(next(3)), ''],
    () => [new Date(next(3)), ''],
    () => [new Uint8Array([next(2)]), ''],
    () => [new Int8Array([next(2)]), ''],
  ];
  const pick = next(depth === 0 ? simple.length : simple.length + 4);
  const made = simple[pick]?.();
  if (made !== undefined) {
    const [value] = made;
    const shown = value instanceof Date ? value.getTime() : ArrayBuffer.isView(value) ? String(value) : Object.is(value, -0) ? '-0' : JSON.stringify(typeof value === 'bigint' || Number.isNaN(value) ? String(value) : typeof value === 'number' ? String(value) : value);
    return [value, `${pick}:${String(shown)}`];
  }
  const items = Array.from({ length: next(3) }, () => anyValue(next, depth - 1));
  const values = items.map(([value]) => value);
  const names = items.map(([, name]) => name);
  switch (pick - simple.length) {
    case 0:
      return [values, `[${names.join()}]`];
    case 1:
      return [Object.fromEntries(values.map((value, index) => [`k${index}`, value])), `{${names.join()}}`];
    case 2:
      return [new Map(values.map((value, index) => [index, value])), `map(${names.join()})`];
    default:
      return [new Set(values.map((value, index) => [index, value])), `set(${names.join()})`];
  }
}

describe('the key of arguments', () => {
  it('is one for equal ones, and no two lists of them have the same', async () => {
    const byKey = new Map<string, string>();
    const byName = new Map<string, string>();
    const next = chance(20261122);
    for (let round = 0; round < 4000; round += 1) {
      const items = Array.from({ length: next(4) }, () => anyValue(next, 3));
      const name = `${items.map(([, one]) => one).join(';')};${items.length}`;
      const text = await key(...items.map(([value]) => value));
      assert.equal(byKey.get(text) ?? name, name, text);
      assert.equal(byName.get(name) ?? text, text, name);
      byKey.set(text, name);
      byName.set(name, text);
    }
    assert.ok(byKey.size > 1500, String(byKey.size));
  });

  it('tells apart what looks alike', async () => {
    const groups = [[], [undefined], [null], [[]], [{}], ['$T'], [() => 1], [[() => 1]], [{ a: () => 1 }], [['opaque']], [new Map()], [new Set()], [new Uint8Array()], [new ArrayBuffer(0)]];
    const keys = await Promise.all(groups.map((args) => key(...args)));
    assert.equal(new Set(keys).size, groups.length);
    assert.equal(await key(new Point(1)), await key(new Point(2)));
    assert.notEqual(await key({ a: 1, b: undefined }), await key({ a: 1 }));
    assert.notEqual(await key({ a: 1, b: 2 }), await key({ b: 2, a: 1 }));
  });
});
