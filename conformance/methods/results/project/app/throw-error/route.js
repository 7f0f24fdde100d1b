export async function GET(request) {
  throw new Error('boom');
}
