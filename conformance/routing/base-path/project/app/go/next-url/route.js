// What the parsed URL says, and what becomes of it when its parts are set.
export function GET(request) {
  const { href, origin, pathname, basePath, search } = request.nextUrl;
  const moved = request.nextUrl.clone();
  moved.pathname = '/about';
  moved.basePath = '/other';
  return Response.json({ url: request.url, href, origin, pathname, basePath, search, moved: moved.href });
}
