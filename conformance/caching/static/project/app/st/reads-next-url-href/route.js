import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = request.nextUrl.href.length > 0;
  return Response.json({ seen, value: value() });
}
