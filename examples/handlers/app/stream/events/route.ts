// Server-sent events until the client goes away; the count of open streams can be asked for.
let open = 0;

export async function GET(request: Request) {
  if (request.headers.get("accept") !== "text/event-stream") {
    return Response.json({ open });
  }
  open += 1;
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval>;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      let count = 0;
      timer = setInterval(() => {
        count += 1;
        controller.enqueue(encoder.encode(`id: ${count}\ndata: tick ${count}\n\n`));
      }, 20);
    },
    cancel() {
      clearInterval(timer);
      open -= 1;
    },
  });
  return new Response(stream, {
    headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform" },
  });
}
