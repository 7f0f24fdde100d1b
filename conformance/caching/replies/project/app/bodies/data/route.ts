export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  return await fetch('data:text/plain;charset=utf-8,hi%20there');
}
