import { at, text } from '../../../lib/origin.js';
import { unstable_cache } from 'next/cache';

export const revalidate = 60;

const kept = unstable_cache(async () => text(at('sf-memo'), { cache: 'no-store' }), ['memo'], { revalidate: 20 });

export async function GET() {
  return new Response(await kept());
}
