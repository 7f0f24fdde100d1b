import { shop } from '../../../lib/shop.js';

export async function GET(request, { params }) {
  return new Response(await shop[(await params).name]());
}
