export async function GET(request, { params }) {
  const { store } = await import('../../../lib/store');
  store.items.push((await params).name);
  return Response.json(store.items);
}
