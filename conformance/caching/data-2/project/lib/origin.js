// An origin in the server's own process: it counts what it is asked for by key and gives odd replies. The handlers read the counts in
// the bodies, so that every reply tells whether it was kept.
import { createServer } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

const SKIPPED = ['host', 'connection', 'accept-encoding', 'user-agent', 'sec-fetch-mode', 'accept-language', 'keep-alive', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto'];
const EMPTY = [204, 205, 304];
const PLAIN = { 'content-type': 'text/plain' };

/** Its address; it is started once per process. */
export function origin() {
  globalThis.__origin ??= new Promise((resolve) => {
    const counts = new Map();
    const server = createServer((request, response) => {
      const chunks = [];
      request.on('error', () => undefined);
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => answer(request, response, Buffer.concat(chunks), counts));
    });
    server.keepAliveTimeout = 0;
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
    server.unref();
  });
  return globalThis.__origin;
}

function answer(request, response, body, counts) {
  const [path, query = ''] = request.url.split('?');
  const [kind, ...rest] = path.slice(1).split('/');
  const key = rest.at(-1);
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  const value = `${key}#${count}`;
  const send = (status, headers, text) => {
    response.writeHead(status, headers);
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  const kinds = {
    v: () => send(200, PLAIN, value),
    q: () => send(200, {}, `${value}?${query}`),
    json: () => send(200, { 'content-type': 'application/json' }, JSON.stringify({ key, count })),
    badjson: () => send(200, { 'content-type': 'application/json' }, `{nope ${value}`),
    form: () => send(200, { 'content-type': 'application/x-www-form-urlencoded' }, `a=1&n=${count}`),
    echo: () => send(200, { 'content-type': 'application/json' }, echo(request, query, body, count)),
    status: () => send(Number(rest[0]), { ...PLAIN, 'x-n': String(count) }, EMPTY.includes(Number(rest[0])) ? undefined : value),
    redir: () => {
      const left = Number(rest[1]);
      send(Number(rest[0]), { location: left > 1 ? `/redir/${rest[0]}/${left - 1}/${key}` : `/echo/to-${key}` }, 'moved');
    },
    loop: () => send(302, { location: request.url }, ''),
    gz: () => send(200, { ...PLAIN, 'content-encoding': 'gzip' }, gzipSync(value)),
    br: () => send(200, { ...PLAIN, 'content-encoding': 'br' }, brotliCompressSync(value)),
    deflate: () => send(200, { ...PLAIN, 'content-encoding': 'deflate' }, deflateSync(value)),
    bin: () => send(200, { 'content-type': 'application/octet-stream' }, Buffer.from(Array.from({ length: 256 }, (_, index) => (index + count - 1) % 256))),
    empty: () => send(200, { 'content-length': '0', 'x-n': String(count) }),
    size: () => send(200, PLAIN, 'x'.repeat(Number(rest[0]))),
    chunked: () => {
      response.writeHead(200, PLAIN);
      response.write('a');
      setTimeout(() => response.end(value), 40);
    },
    slow: () => setTimeout(() => send(200, {}, value), Number(rest[0])),
    slowbody: () => {
      response.writeHead(200, PLAIN);
      response.write('a');
      setTimeout(() => response.end(value), Number(rest[0]));
    },
    cutchunk: () => {
      response.writeHead(200, {});
      response.write('0123456789');
      setTimeout(() => response.destroy(), 20);
    },
    reset: () => request.socket.destroy(),
    seq: () => {
      const codes = rest[0].split(',');
      const code = Number(codes[Math.min(count, codes.length) - 1]);
      return code === 0 ? request.socket.destroy() : send(code, PLAIN, `${code} ${value}`);
    },
    hdr: () => {
      response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']);
      response.setHeader('cache-control', 'private, no-store');
      response.setHeader('x-dup', ['one', 'two']);
      response.writeHead(200, 'Very Fine');
      response.end(value);
    },
    lastmod: () => send(request.headers['if-none-match'] ? 304 : 200, { etag: '"x"' }, value),
  };
  kinds[kind]();
}

function echo(request, query, body, count) {
  const fields = Object.entries(request.headers).filter(([name]) => !SKIPPED.includes(name)).sort();
  const isForm = request.headers['content-type']?.startsWith('multipart/');
  const headers = fields.filter(([name]) => !isForm || (name !== 'content-type' && name !== 'content-length'));
  const text = body.toString('latin1').replace(/-{4,}[\w-]+/g, '--');
  return JSON.stringify({ count, method: request.method, query, headers, body: text });
}
