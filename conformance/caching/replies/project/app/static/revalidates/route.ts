import { revalidatePath } from 'next/cache';

export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  revalidatePath('/bodies/json');
  return new Response('ok');
}
