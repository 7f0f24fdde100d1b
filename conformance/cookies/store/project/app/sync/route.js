import { cookies, headers } from 'next/headers';

import { attempt } from '../../lib/attempt';

export async function GET() {
  const cookie = await attempt(() => cookies().get('a'));
  const header = await attempt(() => headers().get('a'));
  return Response.json([cookie.startsWith('TypeError'), header.startsWith('TypeError'), cookies() instanceof Promise]);
}
