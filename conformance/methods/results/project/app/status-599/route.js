export async function GET(request) {
  return new Response('odd', { status: 599 });
}
