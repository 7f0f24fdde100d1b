export const GET = () => Response.json('src');
