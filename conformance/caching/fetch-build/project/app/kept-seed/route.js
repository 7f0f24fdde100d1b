import { get, KEPT } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  return new Response(await get('kept-seeded', KEPT));
}
