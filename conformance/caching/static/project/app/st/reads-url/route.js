import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = new URL(request.url).pathname;
  return Response.json({ seen, value: value() });
}
