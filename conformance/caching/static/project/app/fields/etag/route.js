import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  return new Response('tagged', { headers: { etag: '"own"', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' } });
}
