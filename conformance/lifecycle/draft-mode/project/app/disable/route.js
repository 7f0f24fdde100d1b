import { draftMode } from 'next/headers';

export async function GET() {
  const draft = await draftMode();
  const before = draft.isEnabled;
  draft.disable();
  return Response.json([before, draft.isEnabled]);
}
