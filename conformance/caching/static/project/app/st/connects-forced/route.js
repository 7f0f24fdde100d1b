import { value } from '../../../lib/value.js';
import { connection } from 'next/server';

export const dynamic = 'force-static';

export async function GET() {
  await connection();
  return new Response(value());
}
