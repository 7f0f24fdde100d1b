import { unstable_cache } from 'next/cache';

import { get } from '../../lib/get.js';

const load = unstable_cache(() => get('function-for-a-second'), ['second'], { revalidate: 1 });

export async function GET() {
  return new Response(await load());
}
