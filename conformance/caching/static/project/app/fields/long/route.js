import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response(value() + 'long '.repeat(2000), { headers: { 'content-type': 'text/plain' } });
}
