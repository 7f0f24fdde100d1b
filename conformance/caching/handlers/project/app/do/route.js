import { revalidatePath, revalidateTag } from 'next/cache';

export async function GET(request) {
  const query = request.nextUrl.searchParams;
  const [profile] = [query.get('profile')].map((text) => (text?.startsWith('{') ? JSON.parse(text) : (text ?? undefined)));
  query.getAll('path').forEach((path) => revalidatePath(path));
  query.getAll('tag').forEach((tag) => revalidateTag(tag, profile));
  return new Response('done');
}
