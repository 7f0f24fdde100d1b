import { draftMode } from 'next/headers';

export const runtime = 'edge';

export async function GET() {
  return Response.json({ enabled: (await draftMode()).isEnabled });
}
