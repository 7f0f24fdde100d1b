export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 403', { status: 403, headers: { 'x-status': '403' } });
