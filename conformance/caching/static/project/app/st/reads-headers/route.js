import { value } from '../../../lib/value.js';
import { headers } from 'next/headers';

export const revalidate = false;

export async function GET(request) {
  const seen = (await headers()).get('x-seen');
  return Response.json({ seen, value: value() });
}
