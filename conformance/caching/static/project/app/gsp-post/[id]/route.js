import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'a' }];
}

export async function GET(request, context) {
  return new Response(`${(await context.params).id} ${value()}`);
}

export function POST() {
  return new Response('posted');
}
