export function GET() {
  let sent = false;
  return new Response(new ReadableStream({
    async pull(controller) {
      if (sent) {
        throw new Error('broken later');
      }
      sent = true;
      controller.enqueue(new TextEncoder().encode('begun '));
      await new Promise((resolve) => setTimeout(resolve, 20));
    },
  }));
}
