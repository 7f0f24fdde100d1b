import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = request.nextUrl.searchParams.get('q');
  return Response.json({ seen, value: value() });
}
