import { connection } from 'next/server';

export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  await connection();
  return new Response('ok');
}
