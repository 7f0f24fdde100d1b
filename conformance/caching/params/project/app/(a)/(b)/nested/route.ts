export const revalidate = 60;
export const GET = (): Response => new Response('ok');
