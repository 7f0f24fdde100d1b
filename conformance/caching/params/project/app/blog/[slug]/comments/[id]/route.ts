export const generateStaticParams = () => [{ slug: 'hello-world', id: '1' }, { id: '2', slug: 'hello-world' }, { slug: 'second post', id: '1/2' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
