export function GET() {
  let left = 3;
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (left === 0) {
        controller.close();
        return;
      }
      controller.enqueue(new Uint8Array([48 + left]));
      left -= 1;
    },
  });
  return new Response(stream, { headers: { 'content-type': 'application/octet-stream' } });
}
