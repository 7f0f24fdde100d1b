export function GET() {
  return new Response('got', { headers: { 'x-from': 'get' } });
}

export function HEAD() {
  return new Response(null, { headers: { 'x-from': 'head' } });
}
