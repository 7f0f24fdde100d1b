export const dynamicParams = false;
export const generateStaticParams = () => [{ id: 'a' }, { id: 'b c' }];

export async function GET(request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json([await params, new URL(request.url).search, request.headers.get('x-a')]);
}

export const POST = (): Response => new Response('posted');
