export function GET() {
  let left = 200;
  return new Response(new ReadableStream({
    pull(controller) {
      if (left === 0) {
        controller.close();
        return;
      }
      controller.enqueue(new TextEncoder().encode('0123456789'.repeat(10)));
      left -= 1;
    },
  }));
}
