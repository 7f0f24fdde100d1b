import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

const load = unstable_cache(() => get('function-restart'), ['function-restart'], { tags: ['function-restart'] });

export async function GET(request) {
  return new Response(await load());
}
