// What is set on the request before headers() and cookies() are first called shows there.
import { cookies, headers } from 'next/headers';

export async function GET(request) {
  request.headers.set('x-late', 'yes');
  request.headers.set('cookie', 'late=1');
  return Response.json({
    header: (await headers()).get('x-late'),
    cookie: (await cookies()).get('late') ?? 'undefined',
    own: request.cookies.get('late') ?? 'undefined',
  });
}
