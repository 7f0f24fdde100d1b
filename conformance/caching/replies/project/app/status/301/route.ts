export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 301', { status: 301, headers: { 'x-status': '301' } });
