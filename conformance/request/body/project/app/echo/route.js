export function POST(request) {
  return new Response(request.body, { headers: { 'content-type': request.headers.get('content-type') ?? 'none/given' } });
}
