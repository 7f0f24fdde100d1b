import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('for-a-minute', { next: { revalidate: 60 } }));
}
