export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  return new Response(new Uint8Array([0, 255, 10, 13, 128]));
}
