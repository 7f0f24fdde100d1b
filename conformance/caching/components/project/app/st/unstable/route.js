import { unstable_cache } from 'next/cache';
import { call } from '../../../lib/origin.js';

const load = unstable_cache(async () => (await call('st-unstable')).text, ['st-unstable']);

export async function GET() {
  return new Response(await load());
}
