export async function GET(request) {
  globalThis[Symbol.for('conformance.odd')] = Object.fromEntries(request.nextUrl.searchParams);
  return new Response('told');
}
