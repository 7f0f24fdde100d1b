export const generateStaticParams = () => [{ slug: ['a'] }, { slug: ['a', 'b'] }, { slug: ['sp ace', 'ü'] }, { slug: ['x/y', 'z'] }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
