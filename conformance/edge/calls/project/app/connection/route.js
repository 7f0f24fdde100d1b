import { connection, userAgent } from 'next/server';

export const runtime = 'edge';

export async function GET(request) {
  const waited = await connection();
  return Response.json({ waited: typeof waited, browser: userAgent(request).browser.name ?? null });
}
