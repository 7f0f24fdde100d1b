import { attempt } from '../../lib/attempt';

export async function POST(request) {
  return Response.json({ json: await attempt(() => request.json()) });
}
