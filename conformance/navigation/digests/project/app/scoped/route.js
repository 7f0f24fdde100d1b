import { headers } from 'next/headers';

import { all } from '../../lib/calls.js';

export async function GET() {
  await headers();
  return Response.json(all());
}

export const POST = GET;
