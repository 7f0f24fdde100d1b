import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  return Response.json([await get('personal-twice', { headers: { authorization: 'a' } }), await get('personal-twice', { headers: { authorization: 'a' } }), await get('personal-twice', { headers: { authorization: 'b' } })]);
}
