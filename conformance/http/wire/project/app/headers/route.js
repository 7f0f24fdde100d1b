export const GET = (request) => Response.json([...request.headers].filter(([name]) => !name.startsWith('x-forwarded')));
