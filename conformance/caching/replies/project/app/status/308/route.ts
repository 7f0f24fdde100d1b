export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 308', { status: 308, headers: { 'x-status': '308' } });
