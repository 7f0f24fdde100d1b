export function GET() {
  return new Response('from upstream', { status: 203, headers: { 'x-upstream': 'yes', 'content-type': 'text/x-own' } });
}
