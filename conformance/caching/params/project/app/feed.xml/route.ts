export const dynamic = 'force-static';
export const GET = (): Response => new Response('<rss/>', { headers: { 'content-type': 'application/xml' } });
