export function GET() {
  return new Response(new ReadableStream({
    start() {
      throw new Error('broken at once');
    },
  }));
}
