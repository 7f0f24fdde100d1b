import { at, outcome } from '../../../lib/origin.js';

export const dynamic = 'force-dynamic';

export async function GET(request, { params }) {
  const { key } = await params;
  const revalidate = key.includes('short') ? 1 : 60;
  const load = async () => (await fetch(at(key), { next: { revalidate, tags: [key] } })).text();
  return Response.json([await outcome(load), await outcome(load)]);
}
