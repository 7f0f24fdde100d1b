export const dynamic = 'force-static';

export function GET() {
  return new Response('static', { headers: { 'x-own': 'handler', 'x-both': 'handler' } });
}
