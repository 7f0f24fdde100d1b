import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response('');
}
