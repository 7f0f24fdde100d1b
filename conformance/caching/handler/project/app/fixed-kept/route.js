import { count } from '../../lib/origin.js';

export const dynamic = 'force-static';

export function GET() {
  return new Response(count('fixed-kept'));
}
