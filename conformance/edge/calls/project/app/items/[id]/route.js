export const runtime = 'edge';

export async function GET(request, { params }) {
  return Response.json({
    params: await params,
    url: request.url,
    search: request.nextUrl.search,
    query: [...request.nextUrl.searchParams],
    path: request.nextUrl.pathname,
  });
}

export const POST = GET;
