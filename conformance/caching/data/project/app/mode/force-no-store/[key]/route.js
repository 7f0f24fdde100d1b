import { three } from '../../../../lib/three.js';

export const fetchCache = 'force-no-store';

export async function GET(request, { params }) {
  return Response.json(await three((await params).key));
}
