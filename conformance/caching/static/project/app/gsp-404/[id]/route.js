import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'a' }, { id: 'gone' }];
}

export async function GET(request, context) {
  const id = (await context.params).id;
  return new Response(`${id} ${value()}`, { status: id === 'a' ? 200 : 404 });
}
