import { draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  await new Promise((resolve) => setTimeout(resolve, 2));
  const draft = await draftMode();
  draft.enable();
  await new Promise((resolve) => setTimeout(resolve, 2));
  return Response.json(draft.isEnabled);
}
