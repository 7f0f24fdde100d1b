export function GET() {
  return new Response(new ReadableStream({
    pull(controller) {
      controller.error(new Error('broken at the first pull'));
    },
  }));
}
