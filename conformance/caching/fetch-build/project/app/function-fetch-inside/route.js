import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

export const revalidate = 60;

const load = unstable_cache(() => get('function-fetch-inside', { next: { revalidate: 1 } }), ['inside'], { revalidate: 30 });

export async function GET(request) {
  return new Response(await load());
}
