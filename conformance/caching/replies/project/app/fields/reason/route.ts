export const dynamic = 'force-static';
export const GET = (): Response => new Response('reason', { status: 200, statusText: 'Very Fine' });
