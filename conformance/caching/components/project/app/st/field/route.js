export async function GET(request) {
  return new Response(request.headers.get('x-seen') ?? 'none');
}
