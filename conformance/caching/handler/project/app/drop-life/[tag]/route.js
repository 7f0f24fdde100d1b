import { revalidateTag } from 'next/cache';
import { outcome } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  const { tag } = await params;
  const text = await outcome(() => String(revalidateTag(tag, { stale: 1, revalidate: 2, expire: 3 })));
  return new Response(text);
}
