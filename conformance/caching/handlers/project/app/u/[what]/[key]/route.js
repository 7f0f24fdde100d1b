import { functions } from '../../../../lib/functions.js';
import { outcome } from '../../../../lib/origin.js';

export async function GET(request, { params }) {
  const { what, key } = await params;
  const run = () => functions[what](key, request.nextUrl.searchParams.get('with') ?? undefined);
  const value = request.nextUrl.searchParams.has('caught') ? await outcome(run) : await run();
  return Response.json(value ?? null);
}
