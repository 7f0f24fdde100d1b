export async function GET() {
  const [one, two] = new Response('twice').body.tee();
  return new Response(one, { headers: { 'x-other': await new Response(two).text() } });
}
