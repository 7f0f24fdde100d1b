import { three } from '../../../../lib/three.js';

export const fetchCache = 'only-cache';

export async function GET(request, { params }) {
  return Response.json(await three((await params).key));
}
