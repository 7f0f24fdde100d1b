import { where } from '../../lib/where.js';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json(await where());
}
