import { revalidatePath, revalidateTag } from 'next/cache';

/** `path` and `type`, or `tag` and `profile`. */
export async function POST(request: Request): Promise<Response> {
  const asked = await request.json();
  if ('path' in asked) {
    revalidatePath(asked.path, asked.type);
  } else {
    (revalidateTag as (tag: string, profile?: unknown) => void)(asked.tag, asked.profile);
  }
  return new Response('done');
}
