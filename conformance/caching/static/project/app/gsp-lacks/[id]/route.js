import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ name: 'a' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
