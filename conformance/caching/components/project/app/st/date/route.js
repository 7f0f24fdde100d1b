export async function GET() {
  return new Response(String(Date.now() > 0));
}
