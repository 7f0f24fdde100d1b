import { value } from '../../../lib/value.js';

export const dynamic = 'error';

export async function GET(request, context) {
  return Response.json([request.method, request.nextUrl.pathname, Object.keys(context), value()]);
}
