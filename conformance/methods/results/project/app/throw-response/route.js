export async function GET(request) {
  throw new Response('not used', { status: 418 });
}
