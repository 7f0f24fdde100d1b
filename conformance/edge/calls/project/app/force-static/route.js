export const runtime = 'edge';
export const dynamic = 'force-static';

let calls = 0;

export function GET(request) {
  calls += 1;
  return Response.json({ calls, url: request.url, search: request.nextUrl.search, header: request.headers.get('x-mine') });
}
