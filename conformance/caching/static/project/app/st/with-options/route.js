import { value } from '../../../lib/value.js';

export const revalidate = 60;

export async function GET() {
  return new Response(value());
}

export function OPTIONS() {
  return new Response('options');
}
