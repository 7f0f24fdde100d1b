import { value } from '../../../lib/value.js';

export const revalidate = 60;

export async function GET() {
  return new Response(value());
}

export function HEAD() {
  return new Response(null, { headers: { 'x-own-head': 'yes' } });
}
