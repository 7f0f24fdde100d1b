import { value } from '../../../lib/value.js';

export const dynamic = 'auto';

export async function GET() {
  return new Response(value());
}
