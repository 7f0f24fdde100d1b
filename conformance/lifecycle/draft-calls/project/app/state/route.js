import { draftMode } from 'next/headers';

/** Static but for the draft mode. */
export const dynamic = 'force-static';

let calls = 0;

export async function GET() {
  calls += 1;
  return Response.json({ enabled: (await draftMode()).isEnabled, calls });
}
