import { draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  const first = await draftMode();
  const second = await draftMode();
  const before = [first.isEnabled, second.isEnabled];
  first.enable();
  const after = [first.isEnabled, second.isEnabled, (await draftMode()).isEnabled];
  return Response.json({ before, after, members: [typeof first.enable, typeof first.disable] });
}
