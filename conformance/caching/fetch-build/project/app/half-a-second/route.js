import { get } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  return new Response(await get('half-a-second', { next: { revalidate: 0.5 } }));
}
