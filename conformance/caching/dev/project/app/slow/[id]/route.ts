export async function generateStaticParams(): Promise<Array<Record<string, string>>> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  return [{ id: 'a' }];
}

export async function GET(request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json([await params, new URL(request.url).search, request.headers.get('x-a')]);
}
