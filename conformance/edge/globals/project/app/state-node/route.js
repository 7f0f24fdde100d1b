import { count } from '../../lib/count.js';

export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json({ count: count(), marked: globalThis.marked ?? null });
}
