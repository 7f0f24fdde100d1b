export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 418', { status: 418, headers: { 'x-status': '418' } });
