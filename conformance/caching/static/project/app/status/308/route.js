import { value } from '../../../lib/value.js';

export const revalidate = false;

export function GET() {
  return new Response(null, { status: 308, headers: { location: '/elsewhere?' + value() } });
}
