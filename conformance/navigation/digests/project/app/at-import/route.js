import { all } from '../../lib/calls.js';

export const dynamic = 'force-dynamic';

const atImport = all();

export function GET() {
  return Response.json(atImport);
}
