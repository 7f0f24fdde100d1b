export const generateStaticParams = () => [{ id: '1' }];
export const GET = (): Response => new Response('ok');
