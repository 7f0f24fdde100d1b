export const dynamic = 'force-static';
export const GET = (): Response => new Response('status 203', { status: 203, headers: { 'x-status': '203' } });
