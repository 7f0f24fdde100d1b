const response = new Response('once', { headers: { 'x-shared': 'yes' } });

export function GET() {
  return response;
}
