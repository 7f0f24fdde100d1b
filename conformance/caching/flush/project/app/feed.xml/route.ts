import type { NextRequest } from 'next/server';

export const dynamic = 'force-static';
export const GET = (request: NextRequest): Response => new Response(request.nextUrl.pathname, { headers: { 'content-type': 'application/xml' } });
