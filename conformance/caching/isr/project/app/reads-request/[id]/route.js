import { call } from '../../../lib/origin.js';

export const revalidate = 1;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { status, text } = await call(id);
  const seen = status === 202 ? request.headers.get('x-seen') : 'nothing';
  return new Response(`${seen} ${text}`);
}
