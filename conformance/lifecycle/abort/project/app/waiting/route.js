// No reply before the client goes.
import { note } from '../../lib/seen';

export async function GET(request) {
  const before = request.signal.aborted;
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
  note('waiting', `${before} ${request.signal.aborted} ${request.signal.reason?.name}`);
  return new Response('too late');
}

export async function POST(request) {
  const text = await request.text();
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve, { once: true }));
  note('posted', `${text} ${request.signal.aborted}`);
  return new Response('too late');
}
