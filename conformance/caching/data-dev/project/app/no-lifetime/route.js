import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('no-lifetime', { next: { revalidate: -1 } }).catch(String));
}
