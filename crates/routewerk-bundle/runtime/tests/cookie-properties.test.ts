/**
 * Generated cookies: what the stores write they read back, and what strangers write is read as Next.js reads it.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import type { RequestCookie, ResponseCookie } from '../next/cookie-text.ts';
import { RequestCookies, ResponseCookies } from '../next/cookies.ts';
import { outcomeOf } from './differential.ts';
import type { Seeded } from './differential.ts';
import { property, someText } from './properties.ts';

const NAMES = ['a', 'b', 'session', '__Host-x', 'A', 'x.y', '$', "it's"];

/** Attributes as they can be given, each in some of its forms. */
function someAttributes(random: Seeded): Partial<ResponseCookie> {
  const choices: { [Name in keyof ResponseCookie]?: Array<ResponseCookie[Name]> } = {
    path: ['/', '/x', '', undefined],
    expires: [new Date(0), new Date(1_800_000_000_000), 0, 1_800_000_000_000, undefined],
    maxAge: [0, 1, 3600, -1, undefined],
    domain: ['a.com', '', undefined],
    secure: [true, false, undefined],
    httpOnly: [true, false, undefined],
    sameSite: ['lax', 'strict', 'none', true, false, undefined],
    partitioned: [true, false, undefined],
    priority: ['low', 'medium', 'high', undefined],
  };
  const names = Object.keys(choices) as Array<keyof typeof choices>;
  const given = names.filter(() => random.below(3) === 0);
  return Object.fromEntries(given.map((name) => [name, random.pick<unknown>(choices[name] as unknown[])]));
}

/** What a cookie is after its way through a `set-cookie` field. */
function expectedAfter(cookie: ResponseCookie): Partial<ResponseCookie> {
  const { name, value, path, expires, maxAge, domain, secure, httpOnly, sameSite, partitioned, priority } = cookie;
  const date = maxAge ? undefined : typeof expires === 'number' ? new Date(expires) : expires;
  const kept: Record<string, unknown> = {
    name,
    value,
    path: path ?? '/',
    // A date written for `maxAge` depends on the clock.
    expires: maxAge ? 'in time' : date,
    maxAge,
    ...{ domain, secure, httpOnly, partitioned, priority },
    sameSite: sameSite === true ? undefined : sameSite,
  };
  return Object.fromEntries(Object.entries(kept).filter(([, given]) => given));
}

describe('cookies', () => {
  property('of a request read back what they wrote', 1000, (random) => {
    const headers = new Headers();
    const store = new RequestCookies(headers);
    const expected = new Map<string, RequestCookie>();
    for (let count = random.below(6); count > 0; count -= 1) {
      const [name, value] = [random.pick(NAMES), someText(random, 8).toWellFormed()];
      if (random.below(4) === 0) {
        assert.equal(store.delete(name), expected.delete(name));
      } else {
        store.set(name, value);
        expected.set(name, { name, value });
      }
    }
    assert.deepEqual([...store], [...expected]);
    assert.deepEqual([...new RequestCookies(headers)], [...expected], String(headers.get('cookie')));
    const whole = store.toString();
    assert.deepEqual([...new RequestCookies(new Headers({ cookie: whole }))], [...expected], whole);
  });

  property('of a reply read back what they wrote, with every attribute', 1500, (random) => {
    const headers = new Headers();
    const store = new ResponseCookies(headers);
    const expected = new Map<string, Partial<ResponseCookie>>();
    for (let count = random.below(5); count > 0; count -= 1) {
      // A value is decoded twice on its way back, so a `%` does not come back whole.
      const [name, value] = [random.pick(NAMES), someText(random, 6).toWellFormed().replaceAll('%', '')];
      if (random.below(5) === 0) {
        store.delete(name);
        expected.set(name, expectedAfter({ name, value: '', expires: new Date(0) }));
        continue;
      }
      const cookie = { name, value, ...someAttributes(random) };
      store.set(...(random.below(2) === 0 ? ([{ ...cookie }] as const) : ([name, value, { ...cookie }] as const)));
      expected.set(name, expectedAfter(cookie));
    }
    const read = new ResponseCookies(headers).getAll().map((cookie) => (cookie.maxAge ? { ...cookie, expires: 'in time' } : cookie));
    assert.deepEqual(read, [...expected.values()], headers.getSetCookie().join(' | '));
    assert.equal(headers.getSetCookie().length, expected.size);
  });

  property('of strangers are read, or refused as Next.js refuses them', 2000, (random) => {
    const text = random.below(3) === 0 ? someText(random, 16) : Array.from({ length: random.below(5) }, () => `${random.pick(NAMES)}${random.pick(['=', '==', '', ' = '])}${someText(random, 4)}`).join(random.pick(['; ', ';', '; ; ', ';  ']));
    const seen = new RequestCookies(new Headers(), text);
    for (const [name, cookie] of seen) {
      assert.deepEqual(seen.get(name), cookie);
      assert.equal(seen.has(name), true);
      assert.ok(text.includes(name), `${name} of ${text}`);
    }
    assert.equal(seen.getAll().length, seen.size);
    // A `set-cookie` of an upstream; one without a pair, or that does not decode twice, is an error, as in Next.js.
    const upstream = { get: () => null, set: () => undefined, append: () => undefined, delete: () => undefined, getSetCookie: () => [text] };
    const read = outcomeOf(() => new ResponseCookies(upstream).getAll());
    assert.ok('value' in read || /^URIError: URI malformed|^TypeError: undefined is not iterable/.test(read.thrown), JSON.stringify(read));
  });
});
