import { value } from '../../../lib/value.js';

export const dynamic = 'error';

export async function GET() {
  return new Response(value());
}
