/**
 * `NextURL` through generated assignments, beside `URL`.
 *
 * It differs from `URL` on purpose, as in Next.js: loopback addresses are called `localhost` when they come in as a whole,
 * `href` has no credentials, and keeps or drops a slash at the end of the path as the URL that came in as a whole did.
 */
import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { NextURL, trustedNextUrl } from '../next/next-url.ts';
import type { Seeded } from './differential.ts';
import { outcomeOf } from './differential.ts';
import { property, someText } from './properties.ts';

const PARTS = ['origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const;
const SETTERS = ['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const;

const HOSTS = ['a.com', 'A.com:8443', '127.0.0.1', '127.1.2.3:80', '[::1]:3000', '[::2]', 'localhost', 'ü.de', '1.2', 'x_y', 'a b', ''];

/** `URL` with what Next.js does otherwise. */
class ExpectedUrl {
  #url: URL;
  #keepsSlash: boolean;

  constructor(text: string) {
    this.#url = new URL(text);
    this.#keepsSlash = this.#arrive();
  }

  get(part: (typeof PARTS)[number]): string {
    return this.#url[part];
  }

  set(part: (typeof SETTERS)[number], value: string): void {
    if (part === 'href') {
      // `URL` leaves an object as it was when a new text is refused; so does this one.
      this.#url = new URL(value);
      this.#keepsSlash = this.#arrive();
    } else {
      this.#url[part] = value;
    }
  }

  get searchParams(): URLSearchParams {
    return this.#url.searchParams;
  }

  get href(): string {
    const { protocol, host, pathname, search, hash } = this.#url;
    // A slash is dropped twice: before and after the base path is put in front.
    const path = this.#keepsSlash ? pathname.replace(/([^/])$/, '$1/') : pathname.replace(/(?<!^)\/{1,2}$/, '');
    return `${protocol}//${host}${path}${search}${hash}`;
  }

  #arrive(): boolean {
    if (/^(127\.\d+\.\d+\.\d+|\[::1\])$/.test(this.#url.hostname)) {
      this.#url.hostname = 'localhost';
    }
    return this.#url.pathname !== '/' && this.#url.pathname.endsWith('/');
  }
}

function someUrl(random: Seeded): string {
  const credentials = random.below(5) === 0 ? 'u:p@' : '';
  const path = random.below(3) === 0 ? '' : `/${someText(random, 6)}`;
  const query = random.below(2) === 0 ? '' : `?${someText(random, 6)}`;
  const hash = random.below(4) === 0 ? `#${someText(random, 3)}` : '';
  return `${random.pick(['http', 'https', 'HTTP', 'ws'])}://${credentials}${random.pick(HOSTS)}${path}${query}${hash}`;
}

function someValue(random: Seeded, part: (typeof SETTERS)[number]): string {
  switch (part) {
    case 'href':
      return someUrl(random);
    case 'protocol':
      // Not `file`: Node.js 20 forgets the host `localhost` there once `searchParams` were touched.
      return random.pick(['http', 'https:', 'ws', 'ftp', 'x', '']);
    case 'host':
    case 'hostname':
      return random.pick(HOSTS);
    case 'port':
      return random.pick(['80', '443', '8080', '99999', '', 'x', '1x']);
    default:
      return random.pick(['', '/', '/x/', `?${someText(random, 4)}`, `#${someText(random, 4)}`, someText(random, 6)]);
  }
}

type ChangeParams = (params: URLSearchParams) => unknown;

function someChange(random: Seeded): ChangeParams {
  const [name, value] = [random.pick(['a', 'b', someText(random, 2)]), someText(random, 3)];
  return random.pick<ChangeParams>([
    (params) => params.append(name, value),
    (params) => params.set(name, value),
    (params) => params.delete(name),
    (params) => params.sort(),
    (params) => [...params],
  ]);
}

describe('NextURL', () => {
  property('follows URL through generated assignments', 3000, (random) => {
    const text = someUrl(random);
    const isTrusted = random.below(2) === 0 && URL.canParse(text) && isServed(new URL(text));
    const start = isTrusted ? new URL(text).href : text;
    const parsed = outcomeOf(() => new URL(start).href);
    const made = outcomeOf(() => (isTrusted ? trustedNextUrl(start) : new NextURL(start)).href);
    if ('thrown' in parsed) {
      assert.deepEqual(made, parsed, start);
      return;
    }
    const ours = isTrusted ? trustedNextUrl(start) : new NextURL(start);
    const expected = new ExpectedUrl(start);
    // Handed out before the changes, they follow them, until a whole URL comes in.
    const early = random.below(2) === 0 ? [ours.searchParams, expected.searchParams] : [];
    const told = [start];
    for (let count = random.below(5); count > 0; count -= 1) {
      if (random.below(3) === 0) {
        const change = someChange(random);
        told.push(`searchParams, ${String(change)}`);
        assert.deepEqual(outcomeOf(() => change(ours.searchParams)), outcomeOf(() => change(expected.searchParams)), told.join('; '));
      } else {
        const part = random.pick(SETTERS);
        const value = someValue(random, part);
        told.push(`${part} = ${JSON.stringify(value)}`);
        assert.deepEqual(outcomeOf(() => (ours[part] = value)), outcomeOf(() => (expected.set(part, value), value)), told.join('; '));
      }
      if (random.below(2) === 0) {
        assert.equal(ours.search, expected.get('search'), told.join('; '));
      }
    }
    const [found, wanted] = [PARTS.map((part) => ours[part]), PARTS.map((part) => expected.get(part))];
    assert.deepEqual(found, wanted, told.join('; '));
    assert.equal(ours.href, expected.href, told.join('; '));
    assert.deepEqual([...ours.searchParams], [...expected.searchParams], told.join('; '));
    const [earlyFound = [], earlyWanted = []] = early;
    assert.deepEqual([...earlyFound], [...earlyWanted], `handed out early: ${told.join('; ')}`);
    assert.equal(String(ours.clone()), new NextURL(expected.href).href, told.join('; '));
  });
});

/** What the front hands over as a serialised URL. */
function isServed(url: URL): boolean {
  const isPlainHost = !/^(127\.|\[)/.test(url.hostname) && url.username === '' && !url.href.includes('#');
  return isPlainHost && (url.protocol === 'http:' || url.protocol === 'https:');
}
