export const runtime = 'edge';
export const maxDuration = 5;
export const preferredRegion = ['fra1', 'home'];

let calls = 0;

export function GET() {
  calls += 1;
  return new Response(`call ${calls}`);
}
