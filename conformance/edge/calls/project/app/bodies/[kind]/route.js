export const runtime = 'edge';

export async function GET(request, { params }) {
  switch ((await params).kind) {
    case 'stream':
      return new Response(
        new ReadableStream({
          async start(controller) {
            for (const part of ['one ', 'two ', 'three']) {
              controller.enqueue(new TextEncoder().encode(part));
              await new Promise((resolve) => setTimeout(resolve, 1));
            }
            controller.close();
          },
        }),
      );
    case 'strings':
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue('a string');
            controller.close();
          },
        }),
      );
    case 'late-error':
      return new Response(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(new TextEncoder().encode('begun'));
            await new Promise((resolve) => setTimeout(resolve, 20));
            controller.error(new Error('late'));
          },
        }),
      );
    case 'blob':
      return new Response(new Blob(['blob'], { type: 'text/x-blob' }));
    case 'bytes':
      return new Response(new Uint8Array([104, 105]));
    case 'params':
      return new Response(new URLSearchParams({ a: 'b c' }));
    case 'null':
      return new Response(null);
    case 'empty':
      return new Response('');
    case 'none':
      return new Response(null, { status: 204 });
    case 'transform': {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      void writer.write(new TextEncoder().encode('through')).then(() => writer.close());
      return new Response(readable);
    }
    default:
      return new Response('?', { status: 404 });
  }
}
