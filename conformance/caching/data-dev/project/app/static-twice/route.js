import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET() {
  return Response.json([await get('static-twice'), await get('static-twice')]);
}
