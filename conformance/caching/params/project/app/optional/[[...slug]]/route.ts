export const generateStaticParams = () => [{ slug: [] }, { slug: ['a'] }, { slug: undefined }, { slug: ['b', 'c'] }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
