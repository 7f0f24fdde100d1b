import { functions } from '../../../lib/functions.js';

export async function GET() {
  return Response.json(await functions.outer('st-outer', 'minutes'));
}
