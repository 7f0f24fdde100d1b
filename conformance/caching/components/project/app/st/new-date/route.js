export async function GET() {
  return new Response(String(new Date() > 0));
}
