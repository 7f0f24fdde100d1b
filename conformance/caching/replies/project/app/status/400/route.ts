export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 400', { status: 400, headers: { 'x-status': '400' } });
