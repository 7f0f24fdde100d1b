import { three } from '../../../../lib/three.js';

export const revalidate = 0;

export async function GET(request, { params }) {
  return Response.json(await three((await params).key));
}
