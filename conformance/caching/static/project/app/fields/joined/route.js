import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  const headers = new Headers();
  headers.append('x-list', 'one');
  headers.append('x-list', 'two');
  headers.append('link', '</a>; rel=preload');
  headers.append('link', '</b>; rel=preload');
  return new Response(value(), { headers });
}
