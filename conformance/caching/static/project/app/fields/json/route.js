import { value } from '../../../lib/value.js';

export const dynamic = 'force-static';

export async function GET() {
  return Response.json({ value: value() });
}
