export async function GET(request) {
  return new Response(new URL(request.url).pathname);
}
