import { value } from '../../../lib/value.js';

export const revalidate = 3600;

export async function GET() {
  return new Response(value());
}
