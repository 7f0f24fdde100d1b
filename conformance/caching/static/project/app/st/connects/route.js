import { value } from '../../../lib/value.js';
import { connection } from 'next/server';

export const revalidate = false;

export async function GET() {
  await connection();
  return new Response(value());
}
