import { value } from '../../../lib/value.js';

export let revalidate = 60;

export async function GET() {
  return new Response(value());
}
