export const runtime = 'edge';
export const revalidate = 60;

let calls = 0;

export function GET() {
  calls += 1;
  return Response.json({ calls });
}
