import type { NextRequest } from 'next/server';

export const generateStaticParams = () => [{ some: [] }, { some: ['z'] }];

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (request: NextRequest): Response => Response.json([request.nextUrl.pathname, value()]);
