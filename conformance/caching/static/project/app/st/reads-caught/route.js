import { value } from '../../../lib/value.js';
import { cookies } from 'next/headers';

export const revalidate = false;

export async function GET() {
  let seen = 'nothing';
  try {
    seen = (await cookies()).getAll().length;
  } catch (error) {
    seen = 'caught';
  }
  return Response.json({ seen, value: value() });
}
