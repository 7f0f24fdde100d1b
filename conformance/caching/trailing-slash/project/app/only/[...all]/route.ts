import type { NextRequest } from 'next/server';

export const dynamicParams = false;
export const generateStaticParams = () => [{ all: ['a', 'b'] }];
export const GET = (request: NextRequest): Response => new Response(request.nextUrl.pathname);
