import { call } from '../../../lib/origin.js';

export const revalidate = 1;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { status, text } = await call(id);
  const body = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(`begin ${text} `));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (status >= 500) {
        controller.error(new Error('the stream breaks'));
        return;
      }
      controller.enqueue(new TextEncoder().encode('end'));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/plain', 'set-cookie': 'a=1' } });
}
