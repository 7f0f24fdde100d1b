import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ path: ['a', 'b'] }, { path: ['a/b'] }];
}

export async function GET(request, context) {
  return Response.json([(await context.params).path, value()]);
}
