import { value } from '../../../lib/value.js';

export const revalidate = false;

export async function GET() {
  const headers = new Headers({ 'x-b': '2', 'x-a': '1' });
  headers.append('set-cookie', 'a=1; Path=/');
  headers.append('set-cookie', 'b=2; HttpOnly');
  return new Response(value(), { headers });
}
