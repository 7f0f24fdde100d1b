import { unauthorized } from 'next/navigation';

import { current } from '../../lib/session';

export async function GET() {
  const session = await current();
  if (session === undefined) {
    unauthorized();
  }
  session.visits += 1;
  return Response.json(session);
}
