export async function POST(request) {
  return Response.json({ length: (await request.text()).length }, { status: 201 });
}
