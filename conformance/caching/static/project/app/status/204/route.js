import { value } from '../../../lib/value.js';

export const revalidate = false;

export function GET() {
  return new Response(null, { status: 204, headers: { 'x-kept': 'yes', 'x-value': value() } });
}
