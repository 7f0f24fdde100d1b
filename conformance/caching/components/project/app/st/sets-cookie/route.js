import { cookies } from 'next/headers';

export async function GET() {
  (await cookies()).set('a', '1');
  return new Response('set');
}
