export async function GET() {
  return new Response('plain');
}

export function POST() {
  return new Response('posted');
}
