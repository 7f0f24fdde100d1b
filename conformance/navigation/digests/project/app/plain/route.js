import { all } from '../../lib/calls.js';

/** Uses nothing that asks for the request. */
export function GET() {
  return Response.json(all());
}

export const POST = GET;
export const PUT = GET;
