import { cookies, draftMode } from 'next/headers';

export async function GET() {
  return Response.json([(await draftMode()).isEnabled, (await cookies()).has('__prerender_bypass')]);
}
