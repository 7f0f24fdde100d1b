export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 422', { status: 422, headers: { 'x-status': '422' } });
