export const GET = undefined;
export const POST = () => new Response('posted');
