import { value } from '../../../lib/value.js';
import { cookies, headers } from 'next/headers';

export const dynamic = 'force-static';

const all = async (request) => ({
  method: request.method,
  url: request.url,
  search: request.nextUrl.search,
  query: [...request.nextUrl.searchParams],
  href: request.nextUrl.href,
  text: String(request.nextUrl),
  fields: [...request.headers.keys()],
  cookies: request.cookies.getAll(),
  headers: [...(await headers()).keys()],
  store: (await cookies()).getAll(),
});


export async function GET(request) {
  return Response.json(await all(request));
}

export async function POST(request) {
  return Response.json({ ...(await all(request)), body: await request.text() });
}
