export function GET() {
  async function* words() {
    yield 'first ';
    yield new TextEncoder().encode('second');
  }
  return new Response(words());
}
