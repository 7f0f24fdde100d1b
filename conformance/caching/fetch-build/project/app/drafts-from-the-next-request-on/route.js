import { draftMode } from 'next/headers';

import { get, KEPT } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  const mode = await draftMode();
  const before = await get('drafts-from-the-next-request-on', KEPT);
  mode.enable();
  return Response.json([before, await get('drafts-from-the-next-request-on', KEPT), mode.isEnabled]);
}
