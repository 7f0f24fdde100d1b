export async function POST(request) {
  return new Response(await request.text(), { headers: { 'x-length': request.headers.get('content-length') ?? 'none', 'x-coding': request.headers.get('transfer-encoding') ?? 'none' } });
}

export { POST as PUT };
