export const runtime = 'edge';

export function GET() {
  return new Response('abc', { headers: { 'content-length': '3', etag: '"mine"', 'cache-control': 'no-store' } });
}
