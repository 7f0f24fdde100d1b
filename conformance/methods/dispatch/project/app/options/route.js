export function OPTIONS() {
  return new Response('own options', { headers: { allow: 'GET', 'access-control-allow-origin': '*' } });
}

export function GET() {
  return new Response('got');
}
