export async function GET() {
  return new Response('made', { status: 201 });
}
