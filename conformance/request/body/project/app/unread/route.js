export function POST() {
  return new Response('did not look');
}
