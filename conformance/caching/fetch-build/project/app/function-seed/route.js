import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

const load = unstable_cache(() => get('function-seeded'), ['seed']);

export async function GET(request) {
  return new Response(await load());
}
