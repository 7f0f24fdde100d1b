export const dynamic = 'force-dynamic';

// What the handler was asked since the last POST.
export function GET() {
  return Response.json((globalThis.cacheState ?? { calls: ['none'] }).calls);
}

export function POST() {
  globalThis.cacheState?.calls.splice(0);
  return new Response('cleared');
}
