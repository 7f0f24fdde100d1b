import { headers } from 'next/headers';

const names = ['rsc', 'next-router-state-tree', 'next-router-prefetch', 'next-hmr-refresh', 'next-router-segment-prefetch', 'x-nextjs-request-id', 'x-other'];

export async function GET(request) {
  const list = await headers();
  return Response.json(names.map((name) => [name, list.get(name), request.headers.get(name)]));
}
