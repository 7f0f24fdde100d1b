import { attempt } from '../../../lib/attempt';

export async function GET(request) {
  const set = (name, value) => {
    const url = request.nextUrl.clone();
    url[name] = value;
    return url.href;
  };
  const before = request.url;
  const result = {
    pathname: set('pathname', '/other path'),
    pathnameWithoutSlash: set('pathname', 'other'),
    search: set('search', '?b=2&c=ä'),
    searchBare: set('search', 'b=2'),
    searchEmpty: set('search', ''),
    hash: set('hash', '#part'),
    host: set('host', 'example.com:8080'),
    hostname: set('hostname', 'example.com'),
    port: set('port', '81'),
    portEmpty: set('port', ''),
    protocol: set('protocol', 'https'),
    href: set('href', 'https://example.org/x?y#z'),
    username: set('username', 'me'),
    password: set('password', 'secret'),
    basePath: set('basePath', '/base'),
    basePathBare: set('basePath', 'base'),
    locale: await attempt(() => set('locale', 'de')),
    origin: await attempt(() => set('origin', 'http://x')),
    hrefBad: await attempt(() => set('href', 'no url')),
  };
  request.nextUrl.pathname = '/moved';
  request.nextUrl.searchParams.set('added', '1');
  return Response.json({
    ...result,
    writesBack: request.nextUrl.href,
    search: request.nextUrl.search,
    urlStays: request.url === before,
  });
}
