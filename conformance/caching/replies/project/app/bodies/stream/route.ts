export const dynamic = 'force-static';
export async function GET(): Promise<Response> {
  return new Response(new ReadableStream({ async start(controller) {
    for (const text of ['a', 'b', 'c']) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(new TextEncoder().encode(text));
    }
    controller.close();
  } }), { headers: { 'content-type': 'text/event-stream' } });
}
