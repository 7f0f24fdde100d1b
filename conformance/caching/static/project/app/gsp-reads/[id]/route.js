import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'a' }, { id: 'b' }];
}

export async function GET(request, context) {
  const id = (await context.params).id;
  const seen = id === 'b' ? request.headers.get('x-seen') : 'none';
  return new Response(`${id} ${seen} ${value()}`);
}
