import { collect } from '../../../../lib/seen';

export async function GET(request, { params }) {
  const { key, count } = await params;
  return Response.json(await collect(key, Number(count)));
}
