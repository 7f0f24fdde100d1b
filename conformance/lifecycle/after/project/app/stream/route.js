import { after } from 'next/server';

import { note } from '../../lib/seen';

export function GET() {
  after(() => note('stream', 'after'));
  return new Response(new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode('streamed'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      note('stream', 'end of the stream');
      controller.close();
    },
  }));
}
