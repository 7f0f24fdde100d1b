export async function GET() {
  return new Response('bad', { status: 500 });
}
