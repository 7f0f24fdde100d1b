export function GET(request) {
  const url = request.nextUrl;
  const names = ['href', 'origin', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'username', 'password',
    'basePath', 'locale', 'defaultLocale', 'domainLocale', 'buildId'];
  return Response.json({
    ...Object.fromEntries(names.map((name) => [name, url[name] === undefined ? 'undefined' : url[name]])),
    searchParams: [...url.searchParams],
    text: String(url),
    json: JSON.stringify(url),
    same: request.nextUrl === url,
    isUrl: url instanceof URL,
    name: url.constructor.name.length > 0,
  });
}
