// The store's cookies beside those of the returned Response.
import { cookies } from 'next/headers';
import { NextResponse } from 'next/server';

const text = (lines) => new Response('text', { headers: lines.map((line) => ['set-cookie', line]) });

const variants = {
  other: () => text(['b=2']),
  same: () => text(['a=resp; HttpOnly']),
  several: () => text(['b=2; Secure', 'a=resp', 'c=3; Path=/x']),
  'unknown-attribute': () => text(['b=2; Foo=bar; SameSite=Odd']),
  'max-age-zero': () => text(['b=2; Max-Age=0']),
  'max-age': () => text(['b=2; Max-Age=60']),
  expires: () => text(['b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT']),
  encoded: () => text(['p=a%2525b']),
  undecodable: () => text(['p=a%25zz']),
  json: () => NextResponse.json({ a: 1 }),
  'next-cookies': () => {
    const response = NextResponse.json({});
    response.cookies.set('b', '2', { httpOnly: true });
    return response;
  },
  redirect: () => NextResponse.redirect('https://example.com/'),
};

export async function GET(request, { params }) {
  (await cookies()).set('a', 'store');
  return variants[(await params).variant]();
}
