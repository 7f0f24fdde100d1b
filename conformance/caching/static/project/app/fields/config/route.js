import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response(value(), { headers: { 'cache-control': 'public, max-age=5', 'x-config': 'own' } });
}
