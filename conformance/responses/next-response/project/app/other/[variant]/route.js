import { NextResponse } from 'next/server';

import { attempt } from '../../../lib/attempt';

const variants = {
  next: () => NextResponse.next(),
  'next-caught': async () => {
    const response = NextResponse.next({ request: { headers: new Headers({ 'x-a': '1' }) }, headers: { 'x-b': '2' } });
    return Response.json([...response.headers]);
  },
  'next-plain-headers': async () => Response.json(await attempt(() => NextResponse.next({ request: { headers: { a: 'b' } } }))),
  rewrite: () => NextResponse.rewrite('https://example.com/'),
  'rewrite-caught': async () => {
    const response = NextResponse.rewrite('https://example.com/x');
    return Response.json([response.status, ...response.headers]);
  },
  'rewrite-relative': async () => Response.json(await attempt(() => NextResponse.rewrite('/x'))),
  error: () => NextResponse.error(),
  constructor: () => new NextResponse('text', { status: 201, headers: { 'x-a': '1' } }),
  empty: () => new NextResponse(),
  properties: async () => {
    const response = NextResponse.json({ a: 1 }, { status: 201 });
    return Response.json({
      ok: response.ok, status: response.status, statusText: response.statusText, type: response.type, url: response.url,
      redirected: response.redirected, bodyUsed: response.bodyUsed, is: response instanceof Response, isNext: response instanceof NextResponse,
      text: await response.clone().text(), json: await response.json(), after: response.bodyUsed,
      again: await attempt(() => response.text()),
    });
  },
  'redirect-properties': async () => {
    const response = NextResponse.redirect('https://example.com');
    return Response.json([response.status, response.body === null ? 'null' : 'a body', ...response.headers]);
  },
  'middleware-header': () => new Response('x', { headers: { 'x-middleware-rewrite': 'https://example.com' } }),
  'middleware-next-header': () => new Response('x', { headers: { 'x-middleware-next': '1' } }),
  'internal-header': () => new Response('x', { headers: { 'x-middleware-set-cookie': 'a=1', 'x-middleware-request-a': 'b', 'x-nextjs-data': '1' } }),
  'from-response': () => {
    const first = new Response('body', { status: 202, headers: { 'x-a': '1' } });
    return new NextResponse(first.body, first);
  },
};

export async function GET(request, { params }) {
  return variants[(await params).variant](request);
}
