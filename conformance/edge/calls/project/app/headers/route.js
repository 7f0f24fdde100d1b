import { cookies, headers } from 'next/headers';

export const runtime = 'edge';

export async function GET() {
  const store = await cookies();
  const seen = (await headers()).get('x-mine');
  store.set('set', 'by store', { httpOnly: true });
  return new Response(`${seen} ${store.get('sent')?.value}`, {
    headers: [
      ['Set-Cookie', 'own=1; Path=/x'],
      ['X-Own', 'a'],
      ['x-own', 'b'],
      ['Vary', 'Accept'],
      ['Content-Type', 'text/plain'],
    ],
  });
}
