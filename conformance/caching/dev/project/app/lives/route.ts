export const revalidate = 60;

let calls = 0;

export const GET = (): Response => new Response(`call ${(calls += 1)}`);
