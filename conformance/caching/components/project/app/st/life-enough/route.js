import { kept, living, tagged } from '../../../lib/kept.js';

export async function GET() {
  return new Response(await living('st-life-enough', { stale: 100, revalidate: 2, expire: 600 }));
}
