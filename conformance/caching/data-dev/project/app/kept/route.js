import { get, KEPT } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('kept', KEPT));
}
