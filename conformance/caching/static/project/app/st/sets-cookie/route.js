import { value } from '../../../lib/value.js';
import { cookies } from 'next/headers';

export const revalidate = false;

export async function GET() {
  (await cookies()).set('a', 'b');
  return new Response(value());
}
