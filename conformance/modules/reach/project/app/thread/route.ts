import { Worker } from 'node:worker_threads';

export async function GET(): Promise<Response> {
  const worker = new Worker(new URL('./count.ts', import.meta.url));
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(['one', 'two']);
  });
  return Response.json({ answer, exit: await exit });
}
