import { value } from '../../lib/value.js';

export const dynamic = 'force-static';

export function GET() {
  return new Response(`<v>${value()}</v>`, { headers: { 'content-type': 'application/xml' } });
}
