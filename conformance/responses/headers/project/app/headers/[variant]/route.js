import { attempt } from '../../../lib/attempt';

const text = (headers) => new Response('text', { headers });

const variants = {
  sorted: () => text({ zeta: '1', Alpha: '2', 'x-Mixed': '3' }),
  appended: () => text([['x-a', '1'], ['x-a', '2'], ['x-a', '3']]),
  'set-cookie': () => text([['set-cookie', 'a=1'], ['set-cookie', 'b=2; Path=/x; HttpOnly'], ['x-between', '1']]),
  'set-cookie-combined': () => text({ 'set-cookie': 'a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT, b=2' }),
  'content-length': () => text({ 'content-length': '2' }),
  'content-length-right': () => text({ 'content-length': '4' }),
  'content-encoding': () => text({ 'content-encoding': 'identity' }),
  'transfer-encoding': () => text({ 'transfer-encoding': 'chunked' }),
  'connection-close': () => text({ connection: 'close' }),
  'connection-keep-alive': () => text({ connection: 'keep-alive' }),
  'keep-alive': () => text({ 'keep-alive': 'timeout=99' }),
  date: () => text({ date: 'Thu, 01 Jan 1970 00:00:00 GMT' }),
  etag: () => text({ etag: '"abc"' }),
  'cache-control': () => text({ 'cache-control': 'public, max-age=60' }),
  vary: () => text({ vary: 'Accept' }),
  'vary-star': () => text({ vary: '*' }),
  'vary-two': () => text([['vary', 'Accept'], ['vary', 'Origin']]),
  'vary-accept-encoding': () => text({ vary: 'accept-encoding' }),
  'www-authenticate': () => text([['www-authenticate', 'Basic realm="a"'], ['www-authenticate', 'Bearer']]),
  'content-type-empty': () => text({ 'content-type': '' }),
  'content-type-charset': () => text({ 'content-type': 'Text/HTML; Charset=utf-8' }),
  latin1: () => text({ 'x-latin': 'caf\u00e9' }),
  'tab-and-spaces': () => text({ 'x-spaces': '  a \t b  ' }),
  empty: () => text({ 'x-empty': '' }),
  'x-powered-by': () => text({ 'x-powered-by': 'me', server: 'mine' }),
  trailer: () => text({ trailer: 'x-later', te: 'trailers' }),
  upgrade: () => text({ upgrade: 'websocket' }),
  link: () => text([['link', '</a>; rel=preload'], ['link', '</b>; rel=preload']]),
  long: () => text({ 'x-long': 'a'.repeat(8000) }),
  many: () => text(Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${String(index).padStart(2, '0')}`, String(index)]))),
  'beyond-latin1': async () => Response.json(await attempt(() => new Headers({ a: '\u20ac' }))),
  'line-break': async () => Response.json(await attempt(() => new Headers({ a: 'b\r\nc: d' }))),
  'bad-name': async () => Response.json(await attempt(() => new Headers({ 'a b': 'c' }))),
  'nul': async () => Response.json(await attempt(() => new Headers({ a: 'b\0c' }))),
};

export async function GET(request, { params }) {
  return variants[(await params).variant](request);
}

export { GET as POST };
