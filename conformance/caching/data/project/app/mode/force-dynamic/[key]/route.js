import { three } from '../../../../lib/three.js';

export const dynamic = 'force-dynamic';

export async function GET(request, { params }) {
  return Response.json(await three((await params).key));
}
