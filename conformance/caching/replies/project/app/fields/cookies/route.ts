export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: [['set-cookie', 'a=1; Path=/'], ['set-cookie', 'b=2; HttpOnly']] });
