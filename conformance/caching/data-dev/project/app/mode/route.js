import { get } from '../../lib/get.js';

export const fetchCache = 'default-cache';

export async function GET() {
  return new Response(await get('mode'));
}
