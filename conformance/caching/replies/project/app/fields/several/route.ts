export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: [['x-m', '1'], ['x-m', '2'], ['link', '</a>'], ['link', '</b>']] });
