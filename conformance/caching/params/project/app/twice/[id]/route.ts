export const generateStaticParams = () => [{ id: '1' }, { id: '1' }, { id: '2', extra: 'x' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
