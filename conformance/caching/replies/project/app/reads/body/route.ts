import { cookies, draftMode, headers } from 'next/headers';
import { connection, userAgent } from 'next/server';
import type { NextRequest } from 'next/server';
import { unstable_noStore } from 'next/cache';

export const revalidate = 60;

export async function GET(request: NextRequest): Promise<Response> {
  return new Response(`read ${String(await request.text())}`);
}
