import { URLPattern as Imported } from 'next/server';

export const runtime = 'edge';

export function GET() {
  const found = new URLPattern({ pathname: '/a/:id' }).exec('http://x/a/5');
  return Response.json({ groups: found.pathname.groups, same: Imported === URLPattern });
}
