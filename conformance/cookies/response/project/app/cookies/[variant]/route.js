// response.cookies, read back and on the wire.
import { NextResponse } from 'next/server';

const later = new Date('2030-01-02T03:04:05Z');

const variants = {
  set: (jar) => jar.set('a', '1'),
  object: (jar) => jar.set({ name: 'a', value: '1', maxAge: 0 }),
  options: (jar) => jar.set('a', '1', { path: '/p', domain: 'example.com', secure: true, httpOnly: true, sameSite: 'lax', expires: later }),
  chain: (jar) => jar.set('a', '1').set('b', '2'),
  replace: (jar) => jar.set('a', '1').set('a', '2'),
  encoded: (jar) => jar.set('a', 'ä; b'),
  delete: (jar) => jar.delete('a'),
  'delete-object': (jar) => jar.delete({ name: 'a', path: '/p', domain: 'example.com' }),
  'set-and-delete': (jar) => jar.set('a', '1').delete('a'),
  'set-empty': (jar) => jar.set('a', ''),
};

export async function GET(request, { params }) {
  const shadow = new NextResponse();
  const returned = variants[(await params).variant](shadow.cookies);
  const response = NextResponse.json({
    chainable: typeof returned.set,
    all: shadow.cookies.getAll(),
    a: shadow.cookies.get('a') ?? 'undefined',
    has: shadow.cookies.has('a'),
    text: shadow.cookies.toString(),
    headers: [...shadow.headers].map(([name]) => name),
  });
  variants[(await params).variant](response.cookies);
  return response;
}
