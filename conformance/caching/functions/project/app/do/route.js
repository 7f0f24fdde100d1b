import { revalidatePath, revalidateTag } from 'next/cache';

export async function GET(request) {
  const query = request.nextUrl.searchParams;
  if (query.has('path')) {
    revalidatePath(query.get('path'));
  } else {
    revalidateTag(query.get('tag'), query.has('expire') ? { expire: 0 } : 'max');
  }
  return new Response('done');
}
