import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response(value(), { headers: { 'x-next-cache-tags': 'mine', 'x-nextjs-cache': 'MINE' } });
}
