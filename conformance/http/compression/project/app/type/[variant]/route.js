const long = 'compress me, please. '.repeat(200);

const variants = {
  text: () => new Response(long),
  html: () => new Response(long, { headers: { 'content-type': 'text/html' } }),
  json: () => Response.json({ long }),
  'json-api': () => new Response(long, { headers: { 'content-type': 'application/vnd.api+json' } }),
  xml: () => new Response(long, { headers: { 'content-type': 'application/xml' } }),
  svg: () => new Response(long, { headers: { 'content-type': 'image/svg+xml' } }),
  javascript: () => new Response(long, { headers: { 'content-type': 'text/javascript' } }),
  events: () => new Response(`data: ${long}\n\n`, { headers: { 'content-type': 'text/event-stream' } }),
  png: () => new Response(long, { headers: { 'content-type': 'image/png' } }),
  octets: () => new Response(long, { headers: { 'content-type': 'application/octet-stream' } }),
  unknown: () => new Response(long, { headers: { 'content-type': 'application/x-unknown' } }),
  none: () => new Response(new TextEncoder().encode(long)),
  short: () => new Response('short'),
  empty: () => new Response(''),
  'no-transform': () => new Response(long, { headers: { 'cache-control': 'no-transform' } }),
  vary: () => new Response(long, { headers: { vary: 'Accept' } }),
  'vary-star': () => new Response(long, { headers: { vary: '*' } }),
  'status-204': () => new Response(null, { status: 204 }),
  'status-404': () => new Response(long, { status: 404 }),
  etag: () => new Response(long, { headers: { etag: '"a"' } }),
  encoded: () => new Response(long, { headers: { 'content-encoding': 'x-own' } }),
};

export async function GET(request, { params }) {
  return variants[(await params).variant]();
}
