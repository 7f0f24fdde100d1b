import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('for-a-second', { next: { revalidate: 1 } }));
}
