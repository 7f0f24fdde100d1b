import { NextRequest } from 'next/server';

export const runtime = 'edge';

async function show(request, context, length) {
  return Response.json({
    url: request.url,
    href: request.nextUrl.href,
    search: request.nextUrl.search,
    basePath: request.nextUrl.basePath,
    method: request.method,
    body: request.body === null ? null : typeof request.body,
    isNextRequest: request instanceof NextRequest,
    isRequest: request instanceof Request,
    cookies: request.cookies.getAll(),
    header: request.headers.get('x-mine'),
    forwarded: [...request.headers.keys()].filter((name) => name.startsWith('x-')),
    ip: typeof request.ip,
    geo: typeof request.geo,
    waitUntil: typeof context?.waitUntil,
    keys: Object.keys(context ?? {}),
    params: typeof context?.params,
    length,
    text: await request.text(),
    aborted: request.signal.aborted,
  });
}

export function GET(...given) {
  return show(given[0], given[1], given.length);
}

export const POST = GET;
export const DELETE = GET;
