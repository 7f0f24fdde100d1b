import { kept, living, tagged } from '../../../lib/kept.js';

export async function GET() {
  return new Response(await living('st-life-enough', { stale: 100, revalidate: 100, expire: 600 }));
}
