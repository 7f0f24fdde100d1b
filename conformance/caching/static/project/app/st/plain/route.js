import { value } from '../../../lib/value.js';



export async function GET() {
  return new Response(value());
}
