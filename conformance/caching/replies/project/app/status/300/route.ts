export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 300', { status: 300, headers: { 'x-status': '300' } });
