import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  return Response.json([await get('plain-twice'), await get('plain-twice')]);
}
