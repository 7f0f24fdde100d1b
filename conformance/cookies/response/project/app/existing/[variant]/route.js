import { NextResponse } from 'next/server';

const variants = {
  read: (response) => response,
  add: (response) => {
    response.cookies.set('new', '1');
    return response;
  },
  replace: (response) => {
    response.cookies.set('b', 'other');
    return response;
  },
  remove: (response) => {
    response.cookies.delete('b');
    return response;
  },
  headers: (response) => {
    response.cookies.set('new', '1');
    response.headers.append('set-cookie', 'later=1; Foo');
    return response;
  },
};

export async function GET(request, { params }) {
  const response = new NextResponse('x', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2; HttpOnly; Path=/x; Max-Age=5']] });
  response.headers.set('x-seen', encodeURIComponent(JSON.stringify(response.cookies.getAll().map(({ name, value, path }) => [name, value, path ?? 'none']))));
  return variants[(await params).variant](response);
}
