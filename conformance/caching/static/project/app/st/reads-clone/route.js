import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET(request) {
  const seen = request.clone().method;
  return Response.json({ seen, value: value() });
}
