export async function GET(request, { params }) {
  const { name } = await params;
  const module = await import(`../../../lib/deep/${name}.js`);
  return Response.json(Object.keys(module).sort());
}
