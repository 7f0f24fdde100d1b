import { kept } from '../../../lib/kept.js';

export async function GET(request, { params }) {
  const [key, ...tags] = (await params).id;
  return new Response(await kept(`live-${key}`, tags));
}
