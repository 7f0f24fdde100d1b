export const generateStaticParams = () => [{ id: '1' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}

export const POST = (): Response => new Response('posted');
