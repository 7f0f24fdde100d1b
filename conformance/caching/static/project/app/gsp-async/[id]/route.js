import { value } from '../../../lib/value.js';

export async function generateStaticParams() {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return [{ id: 'a' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}
