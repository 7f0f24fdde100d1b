import { value } from '../../../lib/value.js';
import { cookies } from 'next/headers';

export const revalidate = false;

export async function GET(request) {
  const seen = (await cookies()).get('a')?.value ?? null;
  return Response.json({ seen, value: value() });
}
