import { revalidateTag } from 'next/cache';

export function GET(request) {
  revalidateTag(new URL(request.url).searchParams.get('tag'), { expire: 0 });
  return new Response('dropped');
}
