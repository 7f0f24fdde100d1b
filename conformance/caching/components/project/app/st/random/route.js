export async function GET() {
  return new Response(String(Math.random() < 2));
}
