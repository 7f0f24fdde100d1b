export function GET() {
  return new Response(new ReadableStream({
    start(controller) {
      controller.enqueue({ not: 'bytes' });
      controller.close();
    },
  }));
}
