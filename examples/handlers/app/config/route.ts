export const dynamic = "force-dynamic";
export const dynamicParams = true;
export const revalidate = 0;
export const fetchCache = "auto";
export const runtime = "nodejs";
export const preferredRegion = "auto";
export const maxDuration = 5;

let calls = 0;

export async function GET() {
  calls += 1;
  return Response.json({ calls, runtime: process.env.NEXT_RUNTIME });
}
