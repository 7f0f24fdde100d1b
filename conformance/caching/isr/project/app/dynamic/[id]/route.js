import { call } from '../../../lib/origin.js';

export async function GET(request, { params }) {
  return new Response((await call((await params).id)).text);
}
