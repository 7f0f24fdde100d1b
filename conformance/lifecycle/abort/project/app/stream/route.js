// A stream without an end: what it learns when its client goes.
import { note } from '../../lib/seen';

export function GET(request) {
  let timer;
  request.signal.addEventListener('abort', () => note('stream', `signal ${request.signal.reason?.name} ${request.signal.reason?.message}`));
  const stream = new ReadableStream({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new TextEncoder().encode('tick ')), 5);
    },
    cancel(reason) {
      clearInterval(timer);
      note('stream', `cancel ${reason?.name} ${reason?.message}`);
    },
  });
  return new Response(stream);
}
