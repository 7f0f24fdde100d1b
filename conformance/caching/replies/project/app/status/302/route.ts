export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 302', { status: 302, headers: { 'x-status': '302' } });
