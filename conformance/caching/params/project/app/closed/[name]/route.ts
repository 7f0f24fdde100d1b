export const dynamicParams = false;
export const generateStaticParams = () => ["a b", "a.b", "a/b", "日本", "A", "a%20b", "data.json"].map((name) => ({ name }));

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
