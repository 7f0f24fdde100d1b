import { cookies, headers } from 'next/headers';
import type { NextRequest } from 'next/server';

export const dynamic = 'force-static';

async function outcome(step: () => unknown): Promise<unknown> {
  try {
    return (await step()) ?? 'nothing';
  } catch (error) {
    return String(error);
  }
}

async function GET(request: NextRequest): Promise<Response> {
  return Response.json([
    await outcome(async () => (await cookies()).set('a', 'b')),
    await outcome(async () => (await cookies()).delete('a')),
    await outcome(() => request.headers.set('a', 'b')),
    await outcome(() => request.cookies.set('a', 'b')),
    await outcome(() => request.cookies.delete('a')),
    await outcome(async () => ((await headers()) as Headers).set('a', 'b')),
    await outcome(() => request.nextUrl.searchParams.set('q', '1')),
    await outcome(() => request.nextUrl.href),
  ]);
}

export { GET };
