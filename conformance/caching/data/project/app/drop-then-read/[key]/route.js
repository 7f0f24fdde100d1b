import { revalidateTag } from 'next/cache';
import { at, text } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  const { key } = await params;
  const read = () => text(at(key), { cache: 'force-cache', next: { tags: [key] } });
  const before = await read();
  revalidateTag(key, { expire: 0 });
  return Response.json([before, await read()]);
}
