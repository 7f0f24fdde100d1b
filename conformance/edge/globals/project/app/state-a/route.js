import { count } from '../../lib/count.js';

export const runtime = 'edge';

export function GET() {
  globalThis.marked = (globalThis.marked ?? 0) + 1;
  return Response.json({ count: count(), marked: globalThis.marked });
}
