export async function GET() {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return new Response('timed');
}
