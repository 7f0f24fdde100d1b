export const runtime = 'edge';

export function GET() {
  void Promise.reject(new Error('nobody waits at the edge'));
  return new Response('replied');
}
