export function GET() {
  return new Response('fields', {
    headers: [
      ['x-own', 'handler'],
      ['x-both', 'handler'],
      ['vary', 'handler'],
      ['content-type', 'text/handler'],
      ['cache-control', 'max-age=1'],
      ['set-cookie', 'handler=1'],
      ['www-authenticate', 'Handler'],
      ['link', '</handler>'],
    ],
  });
}
