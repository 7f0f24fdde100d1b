// HEAD of this must not read the endless stream.
export function GET() {
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('x'.repeat(1024)));
    },
  });
  return new Response(stream, { headers: { 'x-endless': 'yes' } });
}
