import { connection } from 'next/server';

import { all } from '../../lib/calls.js';

export async function GET() {
  await connection();
  return Response.json(await new Promise((resolve) => setTimeout(() => resolve(all()), 2)));
}

export const POST = GET;
