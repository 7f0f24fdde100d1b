import { where } from '../../lib/where.js';

export const runtime = 'edge';

export async function GET() {
  return Response.json(await where());
}
