import { count } from '../../lib/origin.js';

export const revalidate = 1;

export function GET() {
  return new Response(count('fixed'));
}
