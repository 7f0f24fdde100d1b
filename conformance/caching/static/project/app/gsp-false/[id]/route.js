import { value } from '../../../lib/value.js';

export const dynamicParams = false;

export function generateStaticParams() {
  return [{ id: 'a' }, { id: 'b' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
