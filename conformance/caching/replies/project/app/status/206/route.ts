export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 206', { status: 206, headers: { 'x-status': '206' } });
