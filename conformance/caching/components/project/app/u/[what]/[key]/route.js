import { functions } from '../../../../lib/functions.js';

export async function GET(request, { params }) {
  const { what, key } = await params;
  return Response.json((await functions[what](key)) ?? null);
}
