import { value } from '../../../../lib/value.js';

export function generateStaticParams() {
  return [{ a: '1', b: '2' }, { a: '1', b: '3' }];
}

export async function GET(request, context) {
  return Response.json([await context.params, value()]);
}
