import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  const { signal } = new AbortController();
  return Response.json([await get('signal-twice', { signal }), await get('signal-twice', { signal })]);
}
