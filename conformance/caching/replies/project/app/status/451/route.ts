export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 451', { status: 451, headers: { 'x-status': '451' } });
