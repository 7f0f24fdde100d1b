import { value } from '../../../lib/value.js';

export const revalidate = 60;

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
