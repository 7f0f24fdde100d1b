export async function GET(request) {
  return new Response(null, { status: 204 });
}
