import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET() {
  return new Response(await get('static-plain'));
}
