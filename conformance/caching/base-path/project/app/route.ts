import type { NextRequest } from 'next/server';

export const dynamic = 'force-static';

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (request: NextRequest): Response => Response.json([request.url, request.nextUrl.pathname, value()]);
