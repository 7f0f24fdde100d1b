import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'a' }, { id: 'b c' }, { id: 'ü' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
