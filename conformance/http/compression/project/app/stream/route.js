export function GET() {
  async function* words() {
    for (let index = 0; index < 5; index += 1) {
      yield `part ${index} `;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  return new Response(words(), { headers: { 'content-type': 'text/plain' } });
}
