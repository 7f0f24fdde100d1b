import { connection } from 'next/server';

import { all } from '../../lib/calls.js';

export async function GET() {
  await connection();
  return new Response(
    new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(new TextEncoder().encode(JSON.stringify(all())));
        controller.close();
      },
    }),
  );
}

export const POST = GET;
