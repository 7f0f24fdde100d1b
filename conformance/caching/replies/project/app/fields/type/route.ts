export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: { 'content-type': 'text/csv; charset=latin1' } });
