import { revalidateTag } from 'next/cache';

export async function GET(request, { params }) {
  revalidateTag((await params).tag, { expire: 0 });
  return new Response('dropped');
}
