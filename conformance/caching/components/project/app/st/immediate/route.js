export async function GET() {
  await new Promise((resolve) => setImmediate(resolve));
  return new Response('immediate');
}
