/**
 * Cookies as text: the `cookie` field of requests and the `set-cookie` fields of replies, read and written exactly as
 * Next.js does, which is looser than RFC 6265 in several places (a pair without `=` has the value `true`, names are
 * written as they are, a `set-cookie` value is decoded twice).
 */

/** A cookie of a reply. */
export interface ResponseCookie {
  name: string;
  value: string;
  path?: string | undefined;
  expires?: Date | number | undefined;
  maxAge?: number | undefined;
  domain?: string | undefined;
  secure?: boolean | undefined;
  httpOnly?: boolean | undefined;
  sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined;
  partitioned?: boolean | undefined;
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** A cookie of a request. */
export interface RequestCookie {
  name: string;
  value: string;
}

/** Reads a list of pairs. Later pairs win; a value that cannot be decoded is left out. */
export function readPairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  let at = 0;
  while (at <= text.length) {
    let end = text.indexOf(';', at);
    if (end === -1) {
      end = text.length;
    }
    if (end > at) {
      readPair(text.slice(at, end), pairs);
    }
    at = end + 1;
    while (text.charCodeAt(at) === 0x20) {
      at += 1;
    }
  }
  return pairs;
}

function readPair(pair: string, pairs: Map<string, string>): void {
  const equals = pair.indexOf('=');
  if (equals === -1) {
    pairs.set(pair, 'true');
    return;
  }
  const value = pair.slice(equals + 1);
  if (!value.includes('%')) {
    pairs.set(pair.slice(0, equals), value);
    return;
  }
  try {
    pairs.set(pair.slice(0, equals), decodeURIComponent(value));
  } catch {
    // Next.js leaves out a cookie whose value does not decode.
  }
}

/** Writes a cookie for a `set-cookie` or `cookie` field. */
export function writeCookie(cookie: RequestCookie | ResponseCookie): string {
  let text = `${cookie.name}=${encodeURIComponent(cookie.value ?? '')}`;
  const { path, expires, maxAge, domain, secure, httpOnly, sameSite, partitioned, priority } = cookie as ResponseCookie;
  if (path) {
    text += `; Path=${path}`;
  }
  if (expires || expires === 0) {
    text += `; Expires=${(typeof expires === 'number' ? new Date(expires) : expires).toUTCString()}`;
  }
  if (typeof maxAge === 'number') {
    text += `; Max-Age=${maxAge}`;
  }
  if (domain) {
    text += `; Domain=${domain}`;
  }
  if (secure) {
    text += '; Secure';
  }
  if (httpOnly) {
    text += '; HttpOnly';
  }
  if (sameSite) {
    text += `; SameSite=${String(sameSite)}`;
  }
  if (partitioned) {
    text += '; Partitioned';
  }
  return priority ? `${text}; Priority=${priority}` : text;
}

const SAME_SITE = ['strict', 'lax', 'none'];
const PRIORITY = ['low', 'medium', 'high'];

/**
 * Reads a `set-cookie` value; undefined for an empty one.
 *
 * Throws a `URIError` when the value, decoded once, is no longer decodable.
 */
export function readSetCookie(text: string): ResponseCookie | undefined {
  if (text === '') {
    return undefined;
  }
  const pairs = [...readPairs(text)];
  const [name, value] = pairs.shift() as [string, string];
  const attributes = new Map(pairs.map(([key, given]) => [key.toLowerCase().replaceAll('-', ''), given]));
  const expires = attributes.get('expires');
  const maxAge = attributes.get('maxage');
  const sameSite = attributes.get('samesite')?.toLowerCase();
  const priority = attributes.get('priority')?.toLowerCase();
  const cookie: Record<string, unknown> = {
    name,
    value: decodeURIComponent(value),
    domain: attributes.get('domain'),
    expires: expires ? new Date(expires) : undefined,
    httpOnly: Boolean(attributes.get('httponly')),
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    path: attributes.get('path'),
    sameSite: SAME_SITE.includes(sameSite ?? '') ? sameSite : undefined,
    secure: Boolean(attributes.get('secure')),
    priority: PRIORITY.includes(priority ?? '') ? priority : undefined,
    partitioned: Boolean(attributes.get('partitioned')),
  };
  return Object.fromEntries(Object.entries(cookie).filter(([, given]) => given)) as unknown as ResponseCookie;
}

/** A cookie as it is kept once it was set: `maxAge` decides about `expires`, and the path defaults to `/`. */
export function normaliseCookie(cookie: ResponseCookie): ResponseCookie {
  const kept = cookie;
  if (typeof kept.expires === 'number') {
    kept.expires = new Date(kept.expires);
  }
  if (kept.maxAge) {
    kept.expires = new Date(Date.now() + kept.maxAge * 1000);
  }
  if (kept.path === null || kept.path === undefined) {
    kept.path = '/';
  }
  return kept;
}

/**
 * Splits a `set-cookie` value that holds several cookies joined by commas: a comma separates where a name and `=`
 * follow, so the commas of dates stay (RFC 6265 section 3 forbids such folding; upstreams do it anyway).
 */
export function splitSetCookie(text: string): string[] {
  if (!text.includes(',')) {
    return text === '' ? [] : [text];
  }
  const cookies: string[] = [];
  let start = 0;
  let comma = text.indexOf(',');
  while (comma !== -1) {
    const next = skipBlanks(text, comma + 1);
    let end = next;
    while (end < text.length && !'=;,'.includes(text.charAt(end))) {
      end += 1;
    }
    if (text.charAt(end) === '=') {
      cookies.push(text.slice(start, comma));
      start = next;
      comma = text.indexOf(',', end);
    } else {
      comma = text.indexOf(',', comma + 1);
    }
  }
  cookies.push(text.slice(start));
  return cookies;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) {
    at += 1;
  }
  return at;
}
