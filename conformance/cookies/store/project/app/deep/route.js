// cookies() and headers() in what a handler calls, after waits and inside a stream.
import { cookies, headers } from 'next/headers';

async function below() {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return (await headers()).get('x-seen');
}

export async function GET() {
  const first = await below();
  await Promise.resolve();
  const [second, third] = await Promise.all([below(), new Promise((resolve) => {
    setImmediate(async () => resolve((await cookies()).get('a')?.value ?? 'none'));
  })]);
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode(JSON.stringify([first, second, third, await below()])));
      controller.close();
    },
  });
  return new Response(stream);
}
