export async function GET() {
  return new Response('plain');
}

export function HEAD() {
  return new Response(null, { headers: { 'x-own': 'yes' } });
}
