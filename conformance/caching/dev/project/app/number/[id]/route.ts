export const generateStaticParams = () => [{ id: 1 }];

export async function GET(request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json([await params, new URL(request.url).search, request.headers.get('x-a')]);
}
