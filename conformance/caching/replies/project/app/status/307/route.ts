export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 307', { status: 307, headers: { 'x-status': '307' } });
