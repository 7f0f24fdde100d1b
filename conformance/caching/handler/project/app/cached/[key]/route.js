import { unstable_cache } from 'next/cache';
import { count, outcome } from '../../../lib/origin.js';

export const dynamic = 'force-dynamic';

export async function GET(request, { params }) {
  const { key } = await params;
  const cached = unstable_cache(async (word) => ({ word, made: count(key) }), [key], { tags: [key], revalidate: key.includes('short') ? 1 : 60 });
  return Response.json([await outcome(() => cached('a')), await outcome(() => cached('a'))]);
}
