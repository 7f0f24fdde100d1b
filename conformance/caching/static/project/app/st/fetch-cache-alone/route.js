import { value } from '../../../lib/value.js';

export const fetchCache = 'force-cache';

export async function GET() {
  return new Response(value());
}
