export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: { date: 'Wed, 21 Oct 2015 07:28:00 GMT' } });
