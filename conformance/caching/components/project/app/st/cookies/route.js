import { cookies } from 'next/headers';

export async function GET() {
  return new Response(String((await cookies()).getAll().length));
}
