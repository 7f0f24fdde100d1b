export const revalidate = 30;
export const GET = (): Response => Response.json({ a: 1 });
