import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ id: '200' }];
}

export async function GET(request, context) {
  const id = Number((await context.params).id);
  return new Response(id === 204 || id === 304 ? null : value(), { status: id, headers: { 'x-value': value() } });
}
