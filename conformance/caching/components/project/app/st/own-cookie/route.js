export async function GET() {
  return new Response('set', { headers: { 'set-cookie': 'a=1', 'cache-control': 'public, max-age=5' } });
}
