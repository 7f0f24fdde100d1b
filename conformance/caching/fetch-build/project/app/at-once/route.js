import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  const all = await Promise.all([1, 2, 3].map(() => get('at-once')));
  return Response.json(new Set(all).size);
}
