import { count } from '../../lib/count.js';

export const runtime = 'edge';

export function GET() {
  return Response.json({ count: count(), marked: globalThis.marked ?? null });
}
