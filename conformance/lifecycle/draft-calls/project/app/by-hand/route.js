import { cookies, draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  const store = await cookies();
  store.set('__prerender_bypass', 'made up');
  return Response.json((await draftMode()).isEnabled);
}
