import { kept, living, tagged } from '../../../lib/kept.js';

export async function GET() {
  return new Response(await living('st-life-short-expire', { stale: 100, revalidate: 2, expire: 200 }));
}
