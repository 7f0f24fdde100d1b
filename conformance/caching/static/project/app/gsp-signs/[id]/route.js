import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'x/y' }, { id: 'per%cent' }, { id: 'plus+' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
