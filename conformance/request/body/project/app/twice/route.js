import { attempt } from '../../lib/attempt';

export async function POST(request) {
  return Response.json({
    first: await request.text(),
    used: request.bodyUsed,
    text: await attempt(() => request.text()),
    json: await attempt(() => request.json()),
    buffer: await attempt(() => request.arrayBuffer()),
    clone: await attempt(() => request.clone()),
    body: request.body === null ? 'null' : request.body.locked,
  });
}
