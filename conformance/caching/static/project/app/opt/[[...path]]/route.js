import { value } from '../../../lib/value.js';

export function generateStaticParams() {
  return [{ path: [] }, { path: ['one'] }, { path: ['one', 'two'] }];
}

export async function GET(request, context) {
  return Response.json([(await context.params).path ?? 'absent', value()]);
}
