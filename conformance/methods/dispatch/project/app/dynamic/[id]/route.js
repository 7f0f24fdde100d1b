export async function DELETE(request, { params }) {
  const { id } = await params;
  return Response.json({ deleted: id });
}

export async function GET(request, { params }) {
  return Response.json({ id: params.id === undefined ? 'not there before the await' : params.id, later: (await params).id });
}
