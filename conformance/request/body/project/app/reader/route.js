import { attempt } from '../../lib/attempt';

export async function POST(request) {
  const reader = request.body.getReader();
  const first = await reader.read();
  const locked = request.body.locked;
  const text = await attempt(() => request.text());
  reader.releaseLock();
  return Response.json({ done: first.done, kind: first.value?.constructor.name, locked, text });
}
