import { value } from '../../../lib/value.js';

export const revalidate = false;

export function GET() {
  return Response.error();
}
