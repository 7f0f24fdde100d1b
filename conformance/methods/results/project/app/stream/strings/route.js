export function GET() {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue('plain ');
      controller.enqueue('strings é');
      controller.close();
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/plain' } });
}
