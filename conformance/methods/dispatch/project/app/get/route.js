export function GET() {
  return new Response('got', { headers: { 'x-from': 'get', 'content-type': 'text/plain' } });
}
