export async function GET() {
  return new Response('plain');
}

export function OPTIONS() {
  return new Response('own');
}
