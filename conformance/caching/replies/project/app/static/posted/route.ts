import { cookies } from 'next/headers';

export const dynamic = 'force-static';

export const GET = (): Response => new Response('got');

export async function POST(request: Request): Promise<Response> {
  let outcome = 'set';
  try {
    (await cookies()).set('a', 'b');
  } catch (error) {
    outcome = String(error);
  }
  return Response.json([request.url, [...request.headers], await request.text(), outcome]);
}
