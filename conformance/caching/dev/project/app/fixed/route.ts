export const dynamic = 'force-static';
let calls = 0;

export const GET = (): Response => new Response(`call ${(calls += 1)}`);
