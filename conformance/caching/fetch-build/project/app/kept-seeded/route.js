import { get, KEPT } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  return Response.json([await get('kept-seeded', KEPT), await get('kept-seeded')]);
}
