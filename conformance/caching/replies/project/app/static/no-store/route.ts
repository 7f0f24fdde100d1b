import { unstable_noStore } from 'next/cache';

export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  unstable_noStore();
  return new Response('ok');
}
