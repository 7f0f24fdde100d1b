export function GET() {
  async function* words() {
    yield 'one ';
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield 'two';
  }
  return new Response(words());
}
