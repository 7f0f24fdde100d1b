export async function GET(request) {
  return new Response('teapot', { status: 418 });
}
