import { value } from '../../../lib/value.js';

export const dynamic = 'force-static';

export function generateStaticParams() {
  return [{ id: 'a' }];
}

export async function GET(request, context) {
  return Response.json([(await context.params).id, request.url, request.nextUrl.search, [...request.headers.keys()], value()]);
}
