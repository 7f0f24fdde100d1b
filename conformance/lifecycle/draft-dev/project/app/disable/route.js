import { draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  const draft = await draftMode();
  const before = draft.isEnabled;
  draft.disable();
  return Response.json([before, draft.isEnabled, (await draftMode()).isEnabled]);
}
