import { call } from '../../../lib/origin.js';
import { draftMode } from 'next/headers';

export const dynamic = 'force-static';
export const revalidate = 60;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { text } = await call(id);
  return Response.json([(await draftMode()).isEnabled, request.headers.get('x-seen'), new URL(request.url).search, text]);
}
