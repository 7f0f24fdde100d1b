import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  return Response.json([await get('post-twice', { method: 'POST', body: 'x' }), await get('post-twice', { method: 'POST', body: 'x' }), await get('post-twice', { method: 'POST', body: 'y' })]);
}
