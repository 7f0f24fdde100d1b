import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = await request.text();
  return Response.json({ seen, value: value() });
}
