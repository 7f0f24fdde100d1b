import { draftMode } from 'next/headers';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json((await draftMode()).isEnabled);
}

export const POST = GET;
