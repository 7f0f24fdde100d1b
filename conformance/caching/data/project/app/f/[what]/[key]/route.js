import { fetches } from '../../../../lib/fetches.js';

export async function GET(request, { params }) {
  const { what, key } = await params;
  return Response.json(await fetches[what](key));
}
