import { unstable_cache } from 'next/cache';
import { outcome } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  const { key } = await params;
  return Response.json(await outcome(unstable_cache(async () => request.headers.get('x-seen'), [key])));
}
