import { get, KEPT } from '../../lib/get.js';

export async function GET() {
  return Response.json([await get('twice', KEPT), await get('twice', KEPT)]);
}
