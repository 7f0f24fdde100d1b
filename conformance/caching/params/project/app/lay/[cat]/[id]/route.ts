export async function generateStaticParams({ params }: { params: Record<string, string> }): Promise<Array<Record<string, string>>> {
  return [{ id: `of-${(await params).cat}` }];
}

export async function GET(_request: Request, { params }: { params: Promise<Record<string, string | string[]>> }): Promise<Response> {
  return Response.json(await params);
}
