import { cookies, draftMode, headers } from 'next/headers';
import { after, connection } from 'next/server';

export const dynamic = 'force-dynamic';

function tried(run) {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return error.message;
  }
}

/** Called while the module is imported, where there is no request. */
const found = [draftMode, cookies, headers, connection, () => after(() => undefined)].map(tried);

export function GET() {
  return Response.json(found);
}
