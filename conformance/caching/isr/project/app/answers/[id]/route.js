import { call } from '../../../lib/origin.js';

export const revalidate = 1;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { status, text } = await call(id);
  return new Response(status === 204 || status === 304 ? null : text, { status, headers: { 'x-value': text } });
}
