export async function GET(request) {
  return new Response('x', { status: 202, statusText: 'Custom Text' });
}
