// Requests that the user's code makes.
import { NextRequest, userAgent } from 'next/server';

import { attempt } from '../../lib/attempt';

export async function GET() {
  const made = new NextRequest('https://example.com/a/b?c=1#d', { headers: { cookie: 'x=1; y=2' } });
  const posted = new NextRequest(new URL('https://example.com/p'), { method: 'POST', body: 'text' });
  const from = new NextRequest(new Request('https://example.com/q', { method: 'PUT', body: 'moved', headers: { a: 'b' } }));
  const stream = new ReadableStream({ start: (controller) => { controller.enqueue(new TextEncoder().encode('s')); controller.close(); } });
  const streamed = new NextRequest('https://example.com/s', { method: 'POST', body: stream });
  return Response.json({
    url: made.url,
    nextUrl: [made.nextUrl.pathname, made.nextUrl.search, made.nextUrl.hash, made.nextUrl.href],
    cookies: made.cookies.getAll(),
    is: [made instanceof NextRequest, made instanceof Request],
    posted: [posted.method, await posted.text(), posted.duplex ?? 'undefined'],
    from: [from.method, from.url, await from.text(), from.headers.get('a')],
    streamed: await attempt(() => streamed.text()),
    relative: await attempt(() => new NextRequest('/x')),
    getWithBody: await attempt(() => new NextRequest('https://example.com', { body: 'x' })),
    withBasePath: new NextRequest('https://example.com/base/x', { nextConfig: { basePath: '/base' } }).nextUrl.pathname,
    agent: userAgent(new NextRequest('https://example.com', { headers: { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36' } })),
  });
}
