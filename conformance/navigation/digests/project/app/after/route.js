import { after } from 'next/server';

import { all } from '../../lib/calls.js';
import { keep, kept } from '../../lib/kept.js';

export function POST() {
  after(() => keep(all()));
  return new Response('later');
}

export function GET() {
  return Response.json(kept());
}
