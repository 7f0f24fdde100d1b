import { names, probes } from '../../../lib/probe.js';

export async function GET(request, { params }) {
  const { what } = await params;
  const left = new Set((request.nextUrl.searchParams.get('but') ?? '').split(','));
  const found = {};
  for (const name of names.filter((name) => !left.has(name))) {
    found[name] = await probes[what](`${what} ${name}`, name);
  }
  return Response.json(found);
}
