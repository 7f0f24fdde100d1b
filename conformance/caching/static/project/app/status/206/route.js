import { value } from '../../../lib/value.js';

export const revalidate = false;

export function GET() {
  return new Response(value(), { status: 206, headers: { 'x-kept': 'yes' } });
}
