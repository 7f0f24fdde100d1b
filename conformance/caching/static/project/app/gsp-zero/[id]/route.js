import { value } from '../../../lib/value.js';

export const revalidate = 0;

export function generateStaticParams() {
  return [{ id: 'a' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
