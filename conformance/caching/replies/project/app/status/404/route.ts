export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 404', { status: 404, headers: { 'x-status': '404' } });
