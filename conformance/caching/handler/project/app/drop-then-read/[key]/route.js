import { revalidateTag, unstable_cache } from 'next/cache';
import { count } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  const { key } = await params;
  const cached = unstable_cache(async () => count(key), [key], { tags: [key] });
  const before = await cached();
  revalidateTag(key, 'max');
  return Response.json([before, await cached()]);
}
