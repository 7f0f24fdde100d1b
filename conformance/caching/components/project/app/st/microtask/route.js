export async function GET() {
  await null;
  await Promise.resolve().then(() => null);
  return new Response('microtask');
}
