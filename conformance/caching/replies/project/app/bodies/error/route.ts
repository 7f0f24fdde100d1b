export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  return Response.error();
}
