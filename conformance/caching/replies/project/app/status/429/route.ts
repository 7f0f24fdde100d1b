export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 429', { status: 429, headers: { 'x-status': '429' } });
