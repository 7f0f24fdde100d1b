import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  const parts = ['one ', 'two ', value()];
  const body = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const part = parts.shift();
      if (part === undefined) {
        controller.close();
      } else {
        controller.enqueue(new TextEncoder().encode(part));
      }
    },
  });
  return new Response(body);
}
