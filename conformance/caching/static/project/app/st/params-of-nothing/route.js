import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [];
}

export async function GET() {
  return new Response(value());
}
