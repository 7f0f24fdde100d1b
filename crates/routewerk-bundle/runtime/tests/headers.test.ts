/**
 * `Headers` beside the platform's: a table of inits and steps, and generated sequences of steps.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { headersFromText } from '../web/headers.ts';
import { assertSame, outcomeOf, Seeded } from './differential.ts';
import { someFields } from './generated-parts.ts';
import type { Classes } from './generated-parts.ts';
import { platform } from './harness.ts';
import { property } from './properties.ts';

type AnyHeaders = Headers;

function dump(headers: AnyHeaders): unknown {
  return {
    entries: [...headers],
    keys: [...headers.keys()],
    values: [...headers.values()],
    cookies: headers.getSetCookie(),
    tag: Object.prototype.toString.call(headers),
  };
}

const INITS: Array<[string, () => unknown]> = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['empty record', () => ({})],
  ['one field', () => ({ 'Content-Type': 'text/plain' })],
  ['fields out of order', () => ({ b: '2', a: '1', C: '3' })],
  ['the same name in two cases', () => ({ A: '1', a: '2' })],
  ['numbers, booleans, null and undefined', () => ({ n: 5, b: true, u: undefined, x: null, big: 10n })],
  ['an object as value', () => ({ o: { toString: (): string => 'text' } })],
  ['a symbol as value', () => ({ o: Symbol('s') })],
  ['an array as value', () => ({ o: [1, 2] })],
  ['spaces around a value', () => ({ a: ' \t x \t ' })],
  ['an empty value', () => ({ a: '' })],
  ['only blanks', () => ({ a: ' \t\r\n ' })],
  ['line break inside', () => ({ a: 'x\ny' })],
  ['NUL inside', () => ({ a: 'x\0y' })],
  ['carriage return at the end', () => ({ a: 'x\r' })],
  ['a control character', () => ({ a: 'x\u0001y' })],
  ['DEL', () => ({ a: 'x\u007fy' })],
  ['latin-1', () => ({ a: 'é' })],
  ['beyond latin-1', () => ({ a: 'ł' })],
  ['an emoji', () => ({ a: '🎉' })],
  ['a name with a space', () => ({ 'a b': '1' })],
  ['an empty name', () => ({ '': '1' })],
  ['a name beyond ASCII', () => ({ é: '1' })],
  ['pairs', () => [['b', '2'], ['a', '1'], ['b', '3']]],
  ['pairs with cookies', () => [['set-cookie', 'a=1'], ['x', '1'], ['Set-Cookie', 'b=2']]],
  ['a pair too short', () => [['a']]],
  ['a pair too long', () => [['a', 'b', 'c']]],
  ['pairs with numbers', () => [['a', 1]]],
  ['a pair that is no array', () => [new Set(['a', 'b'])]],
  ['a Map', () => new Map([['a', '1']])],
  ['the platform’s own', () => new platform.Headers({ a: '1', 'set-cookie': 'x=y' })],
  ['ours', () => new Headers({ a: '1', 'set-cookie': 'x=y' })],
  ['a string', () => 'abc'],
  ['a number', () => 5],
  ['a record without prototype', () => Object.assign(Object.create(null) as object, { a: '1' })],
  ['inherited fields', () => Object.create({ a: '1' }) as object],
  ['a getter', () => ({ get a(): string { return '1'; } })],
  ['a proxy', () => new Proxy({ a: '1', b: '2' }, {})],
  ['headers with an iterator of their own', () => {
    const headers = new Headers({ a: '1' });
    headers[Symbol.iterator] = function* () {
      yield ['B', '2'];
    } as never;
    return headers;
  }],
  ['the platform’s own with an iterator of their own', () => {
    const headers = new platform.Headers({ a: '1' });
    headers[Symbol.iterator] = function* () {
      yield ['bad name', '2'];
    } as never;
    return headers;
  }],
  ['URLSearchParams', () => new URLSearchParams('a=1&b=2')],
  ['many fields', () => Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${(i * 7) % 40}`, String(i)]))],
  ['cookie twice', () => [['cookie', 'a=1'], ['cookie', 'b=2']]],
];

const STEPS: Array<[string, (headers: AnyHeaders) => unknown]> = [
  ['get', (h) => h.get('A')],
  ['get of a missing name', (h) => h.get('nope')],
  ['get of an invalid name', (h) => h.get('a b')],
  ['get of nothing', (h) => (h.get as () => unknown)()],
  ['get of undefined', (h) => h.get(undefined as never)],
  ['get of a number', (h) => h.get(5 as never)],
  ['has', (h) => h.has('a')],
  ['has of an invalid name', (h) => h.has('')],
  ['set', (h) => h.set('A', '9')],
  ['set of a number', (h) => h.set('n', 9 as never)],
  ['set without value', (h) => (h.set as (name: string) => unknown)('a')],
  ['set of an invalid value', (h) => h.set('a', 'x\ny')],
  ['set of an invalid name', (h) => h.set('a\n', 'x')],
  ['set of what is no ByteString', (h) => h.set('a', 'ł')],
  ['append', (h) => h.append('a', '9')],
  ['append of an empty value', (h) => h.append('a', '')],
  ['append of a cookie', (h) => h.append('Set-Cookie', 'n=1')],
  ['set of a cookie', (h) => h.set('set-cookie', 'n=1')],
  ['append without arguments', (h) => (h.append as () => unknown)()],
  ['get of cookies', (h) => h.get('set-cookie')],
  ['has of cookies', (h) => h.has('set-cookie')],
  ['delete', (h) => h.delete('a')],
  ['delete of cookies', (h) => h.delete('set-cookie')],
  ['delete of an invalid name', (h) => h.delete(' ')],
  ['delete of nothing', (h) => (h.delete as () => unknown)()],
  ['forEach', (h) => {
    const seen: unknown[] = [];
    h.forEach(function (this: unknown, value, name, parent) {
      seen.push([value, name, parent === h, this]);
    }, 'this');
    return seen;
  }],
  ['forEach without a function', (h) => h.forEach(5 as never)],
  ['forEach without arguments', (h) => (h.forEach as () => unknown)()],
  ['deleting while iterating', (h) => {
    const seen: string[] = [];
    for (const [name] of h) {
      seen.push(name);
      h.delete(name);
    }
    return seen;
  }],
  ['adding while iterating', (h) => {
    const seen: string[] = [];
    for (const [name] of h) {
      seen.push(name);
      if (seen.length < 5) h.append(`z${seen.length}`, '1');
    }
    return seen;
  }],
  ['iterator', (h) => {
    const iterator = h.entries();
    return [Object.prototype.toString.call(iterator), iterator[Symbol.iterator]() === iterator, iterator.next(), 'return' in iterator];
  }],
];

type Step = (headers: AnyHeaders, classes: Classes) => unknown;

/** Steps with a name and a value that may need the platform's conversions. */
function someStep(random: Seeded): [string, Step] {
  const name = random.pick<unknown>(['a', 'B', 'x-y', 'Set-Cookie', 'cookie', 'zz', '', 'bad name', 'ł', 5, null, Symbol('name')]);
  const value = random.pick<unknown>(['1', ' two ', '', 'é', 'bad\nvalue', 'ł', 5, null, undefined, { toString: (): string => 'text' }]);
  const [key, text] = [name as string, value as string];
  return random.pick<[string, Step]>([
    ['get', (headers) => headers.get(key)],
    ['has', (headers) => headers.has(key)],
    ['set', (headers) => headers.set(key, text)],
    ['append', (headers) => headers.append(key, text)],
    ['delete', (headers) => headers.delete(key)],
    ['copy', (headers, classes) => dump(new classes.Headers(headers))],
    ['make a response of it', (headers, classes) => dump(new classes.Response('', { headers }).headers)],
    ['make a request of it', (headers, classes) => dump(new classes.Request('http://a.com', { headers }).headers)],
    ['list', (headers, classes) => dump(new classes.Headers([...headers]))],
    ['look', (headers) => dump(headers)],
  ]);
}

describe('Headers', () => {
  property('made of generated fields equal the platform’s at every step', 3000, (random) => {
    const fields = someFields(random);
    const steps = Array.from({ length: random.below(7) }, () => someStep(random));
    const story = (classes: Classes): unknown => {
      let headers: AnyHeaders | undefined;
      const made = outcomeOf(() => dump((headers = new classes.Headers(fields(classes) as HeadersInit))));
      const told = headers === undefined ? [] : steps.map(([name, step]) => [name, outcomeOf(() => step(headers as AnyHeaders, classes))]);
      return [made, told];
    };
    assert.deepEqual(story({ Headers, Request, Response }), story(platform));
  });

  for (const [what, init] of INITS) {
    it(`made of ${what} equals the platform's`, () => {
      const make = (type: typeof Headers) => (): unknown => dump(new type(init() as HeadersInit));
      assertSame(what, make(Headers), make(platform.Headers));
      for (const [step, run] of STEPS) {
        const after = (type: typeof Headers) => (): unknown => {
          const headers = new type(init() as HeadersInit);
          return [run(headers), dump(headers)];
        };
        assertSame(`${what}, then ${step}`, after(Headers), after(platform.Headers));
      }
    });
  }

  it('stays equal to the platform’s through generated steps', () => {
    const random = new Seeded(7);
    const names = ['a', 'B', 'x-y', 'Set-Cookie', 'cookie', 'Content-Type', 'zz', '', 'bad name'];
    const values = ['1', ' two ', '', 'a, b', 'é', 'x=1; Path=/', 'bad\nvalue', 'ł'];
    for (let round = 0; round < 400; round += 1) {
      const init = Array.from({ length: random.below(6) }, () => [random.pick(names.slice(0, 7)), random.pick(values.slice(0, 6))]);
      const ours = new Headers(init as Array<[string, string]>);
      const theirs = new platform.Headers(init as Array<[string, string]>);
      for (let step = 0; step < 8; step += 1) {
        const name = random.pick(names);
        const value = random.pick(values);
        const kind = random.pick(['get', 'has', 'set', 'append', 'delete', 'dump'] as const);
        const run = (h: AnyHeaders) => (): unknown =>
          kind === 'dump' ? dump(h) : (h[kind] as (...args: string[]) => unknown)(name, value);
        assertSame(`round ${round}, ${kind} ${name} ${value}`, run(ours), run(theirs));
      }
      assert.deepEqual(dump(ours), dump(theirs));
    }
  });

  it('reads a request’s block as Node.js reads a request', () => {
    const block = 'host\na\ncookie\nx=1\naccept\na\naccept\nb\nhost\nb\ncookie\ny=2\nreferer\nhost\nx\ncookie\n';
    for (const lookups of [0, 1, 5]) {
      const headers = headersFromText(block, 'received', 0);
      for (let i = 0; i < lookups; i += 1) {
        headers.get('nope');
      }
      assert.equal(headers.get('host'), 'a', 'the first host wins');
      assert.equal(headers.get('Cookie'), 'x=1; y=2');
      assert.equal(headers.get('accept'), 'a, b');
      assert.equal(headers.get('x'), 'cookie', 'a value that is a name is a value');
      assert.equal(headers.get('referer'), 'host');
      assert.equal(headers.has('y'), false);
      assert.deepEqual([...headers.keys()], ['accept', 'cookie', 'host', 'referer', 'x']);
    }
  });

  it('finds every field of generated blocks, however often it was asked', () => {
    const random = new Seeded(11);
    const words = ['a', 'b', 'cookie', 'host', 'x-a', 'a-x', ''];
    for (let round = 0; round < 500; round += 1) {
      const fields = Array.from({ length: random.below(7) }, () => [random.pick(words.slice(0, 6)), random.pick(words)] as [string, string]);
      const block = fields.map(([name, value]) => `${name}\n${value}\n`).join('');
      const lazy = headersFromText(block, 'canonical', 0);
      const eager = new platform.Headers(fields);
      for (const word of words.slice(0, 6)) {
        const fresh = headersFromText(block, 'canonical', 0);
        assert.equal(fresh.get(word), eager.get(word), `${JSON.stringify(block)} ${word}`);
        assert.equal(fresh.has(word), eager.has(word));
        assert.equal(lazy.get(word), eager.get(word));
      }
    }
  });

  it('asks a proxy what the platform asks it', () => {
    const asked = (type: typeof Headers): unknown => {
      const traps: unknown[] = [];
      const note = new Proxy({} as Record<string, unknown>, {
        get: (_target, trap) => (target: object, ...rest: unknown[]): unknown => {
          traps.push([trap, typeof rest[0] === 'string' ? rest[0] : String(rest[0])]);
          return (Reflect as unknown as Record<string | symbol, (...args: unknown[]) => unknown>)[trap]?.(target, ...rest.slice(0, 1));
        },
      });
      return [[...new type(new Proxy({ b: '2', a: '1' }, note) as Record<string, string>)], traps];
    };
    assert.deepEqual(asked(Headers), asked(platform.Headers));
  });

  it('has the shape of the interface', () => {
    const shape = (type: typeof Headers): unknown => ({
      name: type.name,
      length: type.length,
      keys: Object.keys(type.prototype).sort(),
      iterates: type.prototype[Symbol.iterator] === type.prototype.entries,
      lengths: Object.keys(type.prototype).sort().map((key) => [key, (type.prototype as never as Record<string, () => void>)[key]?.length]),
    });
    assert.deepEqual(shape(Headers), shape(platform.Headers));
    assert.ok(new platform.Headers() instanceof Headers, 'the platform’s are instances of ours');
    assert.equal(inspect(new Headers({ b: '1', a: '2' })), "Headers { a: '2', b: '1' }");
    assert.match(inspect(new platform.Headers({ a: '1' })), /^Headers \{ a: '1' \}$/);
  });
});
