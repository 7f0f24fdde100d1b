import { value } from '../../../lib/value.js';

export const dynamic = 'error';

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
