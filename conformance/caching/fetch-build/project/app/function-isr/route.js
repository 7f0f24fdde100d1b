import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

export const revalidate = 1;

const load = unstable_cache(() => get('function-isr'), ['function-isr'], { revalidate: 60 });

export async function GET(request) {
  return new Response(await load());
}
