import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

const load = unstable_cache(() => get('function'), ['function']);

export async function GET() {
  return new Response(await load());
}
