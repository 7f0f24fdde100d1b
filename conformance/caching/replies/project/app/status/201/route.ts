export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 201', { status: 201, headers: { 'x-status': '201' } });
