export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 410', { status: 410, headers: { 'x-status': '410' } });
