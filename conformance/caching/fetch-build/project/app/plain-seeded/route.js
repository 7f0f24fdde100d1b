import { get } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  return Response.json([await get('plain-seeded', { next: { revalidate: 60 } }), await get('plain-seeded')]);
}
