import { get, KEPT } from '../../lib/get.js';

export const revalidate = 60;

export async function GET(request) {
  return Response.json([await get('isr-two', { next: { revalidate: 1 } }), await get('isr-two-kept', KEPT), await get('isr-two-plain')]);
}
