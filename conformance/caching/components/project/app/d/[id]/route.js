import { kept, living, tagged } from '../../../lib/kept.js';

export async function GET(request, { params }) {
  const { id } = await params;
  return new Response(await kept(`d-${id}`));
}
