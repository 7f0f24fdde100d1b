import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('contradiction', { cache: 'no-store', next: { revalidate: 60 } }));
}
