import { get } from '../../lib/get.js';

export const revalidate = 60;

export async function GET() {
  return new Response(await get('isr-no-store', { cache: 'no-store' }));
}
