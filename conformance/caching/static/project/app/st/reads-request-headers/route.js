import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = request.headers.get('x-seen');
  return Response.json({ seen, value: value() });
}
