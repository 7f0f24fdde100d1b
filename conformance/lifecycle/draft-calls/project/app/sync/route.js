import { draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  const promise = draftMode();
  const seen = [typeof promise.then, promise.isEnabled ?? null, typeof promise.enable];
  await promise;
  return Response.json(seen);
}
