import { kept } from '../../../lib/kept.js';

export const dynamic = 'force-static';

export async function GET(request, { params }) {
  const [key, ...tags] = (await params).id;
  return new Response(await kept(`tagged-${key}`, tags));
}
