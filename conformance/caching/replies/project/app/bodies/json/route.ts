export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  return Response.json({ a: [1, 'ü'] });
}
