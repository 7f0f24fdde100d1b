/**
 * What `await cookies()` gives in a handler: the client's cookies, and those that the handler sets, which go out with its
 * reply.
 *
 * As in Next.js, a cookie read from it carries `path: '/'`. Beyond it, `size` and iteration work: the types promise
 * them.
 */
import { INSPECT } from '../web/class-shape.ts';
import { fieldValue } from '../web/header-text.ts';
import { native } from '../web/native.ts';
import { normaliseCookie, readPairs, readSetCookie, writeCookie } from './cookie-text.ts';
import type { ResponseCookie } from './cookie-text.ts';
import type { DeleteArguments, Named, SetArguments } from './cookies.ts';

/** Where the store stands: the client's cookies, and whether they may still be changed. */
export interface CookieScope {
  /** The value of the client's `cookie` field. */
  cookieText(): string | null;
  isOpen(): boolean;
}

/** Next.js's error for a change that comes too late. */
export class ReadonlyRequestCookiesError extends Error {
  static {
    // Node.js prints an error by the name of its class, and Next.js's has none that is left after its build.
    Object.defineProperty(ReadonlyRequestCookiesError, 'name', { value: 'Error' });
  }

  constructor() {
    super(
      'Cookies can only be modified in a Server Action or Route Handler. Read more: https://nextjs.org/docs/app/api-reference/functions/cookies#options',
    );
  }
}

/** The `set-cookie` values of a reply whose handler has set cookies; reads the store of a call. */
export let mergeCookies: (store: CallCookies, own: readonly string[]) => string[];
/** Whether the handler has set or deleted a cookie. */
export let hasChangedCookies: (store: CallCookies) => boolean;

export class CallCookies {
  #scope: CookieScope;
  #cookies: Map<string, ResponseCookie> | null = null;
  /** The cookies that the handler has set, as they will be sent. */
  #changed: Map<string, string> | null = null;

  constructor(scope: CookieScope) {
    this.#scope = scope;
  }

  static {
    hasChangedCookies = (store) => store.#changed !== null;
    mergeCookies = (store, own) => store.#merge(own);
  }

  /** How many cookies there are. */
  get size(): number {
    return this.#read().size;
  }

  [Symbol.iterator](): MapIterator<[string, ResponseCookie]> {
    return this.#read()[Symbol.iterator]();
  }

  get(named: Named): ResponseCookie | undefined {
    return this.#read().get(typeof named === 'string' ? named : named.name);
  }

  getAll(...named: [] | [Named]): ResponseCookie[] {
    const all = [...this.#read().values()];
    if (named.length === 0) {
      return all;
    }
    const wanted = typeof named[0] === 'string' ? named[0] : named[0].name;
    return all.filter(({ name }) => name === wanted);
  }

  has(name: string): boolean {
    return this.#read().has(name);
  }

  set(...given: SetArguments): this {
    const [name, value, cookie] = given.length === 1 ? [given[0].name, given[0].value, given[0]] : given;
    return this.#change(normaliseCookie({ name, value, ...cookie }));
  }

  delete(...given: DeleteArguments): this {
    const options = typeof given[0] === 'string' ? { name: given[0] } : given[0];
    return this.#change(
      normaliseCookie(Object.assign({ name: options.name, value: '' }, options, { value: '', expires: new Date(0) })),
    );
  }

  toString(): string {
    return [...this.#read().values()].map(writeCookie).join('; ');
  }

  [INSPECT](): string {
    return `ResponseCookies ${JSON.stringify(Object.fromEntries(this.#read()))}`;
  }

  #read(): Map<string, ResponseCookie> {
    if (this.#cookies === null) {
      const cookies = new Map<string, ResponseCookie>();
      for (const [name, value] of readPairs(this.#scope.cookieText() ?? '')) {
        cookies.set(name, { name, value, path: '/' });
      }
      this.#cookies = cookies;
    }
    return this.#cookies;
  }

  #change(cookie: ResponseCookie): this {
    if (!this.#scope.isOpen()) {
      throw new ReadonlyRequestCookiesError();
    }
    this.#read().set(cookie.name, cookie);
    const text = writeCookie(cookie);
    const checked = fieldValue(text);
    if (checked === null) {
      // The platform words the error.
      new (native().Headers)().append('set-cookie', text);
    }
    this.#changed ??= new Map();
    this.#changed.set(cookie.name, checked ?? text);
    return this;
  }

  /** The reply's own cookies first, then those of other names that were set, in the store's order. */
  #merge(own: readonly string[]): string[] {
    const changed = this.#changed ?? new Map<string, string>();
    const merged = new Map<string, string>();
    for (const text of own) {
      const [name, rewritten] = rewrite(text);
      merged.set(name, rewritten);
    }
    for (const name of this.#read().keys()) {
      const text = changed.get(name);
      if (text !== undefined && !merged.has(name)) {
        merged.set(name, text);
      }
    }
    return [...merged.values()];
  }
}

const KNOWN = new Set(['domain', 'expires', 'httponly', 'maxage', 'path', 'samesite', 'secure', 'partitioned', 'priority']);

/**
 * A reply's own cookie as Next.js writes it again when the handler has set others (attributes in its order, `Path=/`
 * added). Where that would lose something (an attribute that it does not know, a second decoding of the value,
 * `Max-Age=0`), the text stays as it is.
 */
function rewrite(text: string): [name: string, text: string] {
  const name = text.slice(0, Math.max(0, text.indexOf('=')));
  const [[first, value] = ['', ''], ...pairs] = readPairs(text);
  try {
    const cookie = readSetCookie(text);
    const isFaithful =
      cookie !== undefined &&
      first === name &&
      decodeURIComponent(value) === value &&
      pairs.every(([key, given]) => isKept(key.toLowerCase().replaceAll('-', ''), given, cookie));
    return [name, isFaithful ? writeCookie(normaliseCookie({ ...cookie })) : text];
  } catch {
    // The value does not decode.
    return [name, text];
  }
}

function isKept(attribute: string, given: string, cookie: ResponseCookie): boolean {
  switch (attribute) {
    case 'maxage':
      return cookie.maxAge !== undefined && String(cookie.maxAge) === given;
    case 'samesite':
      return cookie.sameSite !== undefined;
    case 'priority':
      return cookie.priority !== undefined;
    case 'expires':
      return cookie.expires !== undefined && !Number.isNaN(Number(cookie.expires));
    default:
      return KNOWN.has(attribute);
  }
}
