export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 401', { status: 401, headers: { 'x-status': '401' } });
