import { revalidatePath, revalidateTag } from 'next/cache';

export async function POST(request: Request): Promise<Response> {
  const { path, type, tag, profile } = await request.json();
  if (path === undefined) {
    revalidateTag(tag, profile);
  } else {
    revalidatePath(path, type);
  }
  return new Response('done');
}
