export const generateStaticParams = () => [{ lang: 'en', slug: [] }, { lang: 'fr' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
