import { revalidateTag } from 'next/cache';
import { outcome } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  const { tag } = await params;
  const text = await outcome(() => String(revalidateTag(tag, { expire: 0 })));
  return new Response(text);
}
