export async function GET() {
  return new Response('gone', { status: 404 });
}
