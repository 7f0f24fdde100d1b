import { cookies, draftMode, headers } from 'next/headers';
import type { NextRequest } from 'next/server';

export const dynamic = 'force-static';

export async function GET(request: NextRequest): Promise<Response> {
  const fields = await headers();
  const store = await cookies();
  const url = request.nextUrl;
  return Response.json({
    fields: [[...fields.entries()], fields.get('user-agent'), [...request.headers]],
    cookies: [store.getAll(), store.has('a'), request.cookies.getAll()],
    draft: (await draftMode()).isEnabled,
    url: [request.url, url.href, url.search, [...url.searchParams], url.pathname, url.hash, String(url), JSON.stringify(url)],
    request: [request.method, request.body, await request.text(), request.mode, request.cache, request.credentials, request.redirect],
  });
}
