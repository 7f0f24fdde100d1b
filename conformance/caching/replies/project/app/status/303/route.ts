export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 303', { status: 303, headers: { 'x-status': '303' } });
