export const generateStaticParams = () => [{ id: '200' }, { id: '201' }, { id: '301' }, { id: '404' }];
export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  const { id } = await params;
  return new Response(`status ${id}`, { status: Number(id) });
}
