import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('other-contradiction', { cache: 'force-cache', next: { revalidate: 0 } }));
}
