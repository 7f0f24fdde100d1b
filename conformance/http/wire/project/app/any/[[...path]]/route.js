export const GET = (request) => Response.json(request.url);
