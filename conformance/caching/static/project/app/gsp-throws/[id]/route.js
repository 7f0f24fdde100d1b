import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: 'a' }];
}

export async function GET(request, context) {
  const id = (await context.params).id;
  if (id !== 'a') {
    throw new Error(`no ${id}`);
  }
  return new Response(value());
}
