export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: { 'transfer-encoding': 'identity' } });
