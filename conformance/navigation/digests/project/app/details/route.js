import { thrownBy } from '../../lib/calls.js';

export function GET() {
  return Response.json(['redirect', 'permanent', 'not-found', 'forbidden', 'unauthorized'].map(thrownBy));
}
