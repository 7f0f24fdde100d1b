export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 202', { status: 202, headers: { 'x-status': '202' } });
