export const runtime = 'edge';

export async function GET(request, { params }) {
  return Response.json({ params: (await params) ?? null, url: request.url, query: [...request.nextUrl.searchParams] });
}
