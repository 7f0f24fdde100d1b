export const dynamic = 'force-static';

const value = (): string => `value-${crypto.randomUUID()}`;

export const GET = (request: Request): Response => Response.json([request.url, value()]);
