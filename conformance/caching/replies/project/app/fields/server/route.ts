export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: { server: 'me', 'x-powered-by': 'me' } });
