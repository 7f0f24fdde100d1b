import { createHash } from 'crypto';

export const runtime = 'edge';

export function GET() {
  return new Response(createHash('sha256').update('a').digest('hex'));
}
