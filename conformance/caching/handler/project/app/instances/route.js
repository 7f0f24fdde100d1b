export const dynamic = 'force-dynamic';

// What happened to instances of the handler since the last POST, each once.
export function GET() {
  const { instances } = globalThis.cacheState ?? { instances: ['none'] };
  const texts = new Set(instances.map((one) => JSON.stringify(one)));
  return Response.json([...texts].sort().map((one) => JSON.parse(one)));
}

export function POST() {
  globalThis.cacheState?.instances.splice(0);
  return new Response('cleared');
}
