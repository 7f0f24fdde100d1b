import { value } from '../../../lib/value.js';
import { unstable_noStore } from 'next/cache';

export const revalidate = false;

export async function GET() {
  unstable_noStore();
  return new Response(value());
}
