import { NextRequest } from 'next/server';

import { attempt } from '../../lib/attempt';

export async function POST(request) {
  return Response.json({
    request: await attempt(async () => {
      const wrapped = new Request(request, { headers: { 'x-new': '1' } });
      return [wrapped.method, wrapped.url, wrapped.headers.get('x-new'), await wrapped.text()];
    }),
    next: await attempt(() => new NextRequest(new Request(request.url)).nextUrl.pathname),
    used: request.bodyUsed,
  });
}
