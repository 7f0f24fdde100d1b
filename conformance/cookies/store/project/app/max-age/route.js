import { cookies } from 'next/headers';

export async function GET(request) {
  const value = request.nextUrl.searchParams.get('text') === null ? 10 : '5';
  (await cookies()).set('a', '1', { maxAge: value });
  return new Response('set');
}
