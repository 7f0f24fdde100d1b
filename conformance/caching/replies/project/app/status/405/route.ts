export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 405', { status: 405, headers: { 'x-status': '405' } });
