export async function GET(request) {
  return new Response(`re-exported ${request.method}`);
}

export const handlers = {
  PUT: async () => new Response('put from an object'),
  PATCH: () => new Response('patch from an object'),
};
