import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

const load = unstable_cache(() => get('function-in-static'), ['static']);

export async function GET() {
  return new Response(await load());
}
