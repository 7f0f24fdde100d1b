export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 200', { status: 200, headers: { 'x-status': '200' } });
