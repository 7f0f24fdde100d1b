import { get, KEPT } from '../../lib/get.js';

export const revalidate = 1;

export async function GET(request) {
  return new Response(await get('isr-kept', KEPT));
}
