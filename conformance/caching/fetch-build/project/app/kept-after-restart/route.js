import { get } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  return new Response(await get('kept-after-restart', { next: { revalidate: 600, tags: ['kept'] } }));
}
