export const revalidate = 1100;
export const generateStaticParams = () => [{ id: '1' }];

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
