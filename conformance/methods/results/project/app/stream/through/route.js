export function GET() {
  const source = new Response('to upper case').body;
  return new Response(source.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) }),
  ).pipeThrough(new TextEncoderStream()));
}
