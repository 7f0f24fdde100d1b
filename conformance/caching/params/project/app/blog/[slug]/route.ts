export const revalidate = 3600;
export const generateStaticParams = () => [{ slug: 'hello-world' }, { slug: 'second post' }, { slug: 'dritter-beiträg' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
