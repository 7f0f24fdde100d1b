import { attempt } from '../../lib/attempt';

export async function POST(request) {
  const clone = request.clone();
  return Response.json({
    url: await attempt(() => clone.url),
    method: clone.method,
    text: await clone.text(),
    own: await request.text(),
    after: await attempt(() => request.clone()),
    wrapped: await attempt(() => new Request(request).method),
  });
}
