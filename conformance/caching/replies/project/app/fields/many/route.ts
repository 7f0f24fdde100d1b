export const dynamic = 'force-static';
export const GET = (): Response => new Response('fields', { headers: { 'content-disposition': 'attachment; filename="a.txt"', 'content-language': 'de', 'x-z': 'z', 'access-control-allow-origin': '*', age: '5', expires: '0', pragma: 'no-cache' } });
