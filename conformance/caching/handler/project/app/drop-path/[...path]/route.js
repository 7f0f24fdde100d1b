import { revalidatePath } from 'next/cache';

export async function GET(request, { params }) {
  revalidatePath('/' + (await params).path.join('/'));
  return new Response('dropped');
}
