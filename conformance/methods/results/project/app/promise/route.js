export async function GET(request) {
  return Promise.resolve(new Response('from a promise'));
}
