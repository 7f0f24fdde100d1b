import { get } from '../../lib/get.js';

export const revalidate = 60;

export async function GET(request) {
  return new Response(await get('isr-tags', { next: { tags: ['isr-tags'] } }));
}
