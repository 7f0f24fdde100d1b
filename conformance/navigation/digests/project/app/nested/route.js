import { connection } from 'next/server';

import { all } from '../../lib/calls.js';

async function deep(levels) {
  if (levels === 0) {
    return all();
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  return deep(levels - 1);
}

export async function GET() {
  await connection();
  return Response.json(await deep(3));
}

export const POST = GET;
