import { call } from '../../../lib/origin.js';

export const revalidate = 1;

export function generateStaticParams() {
  return ["built", "built-head"].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { status, text } = await call(id);
  if (status >= 500) {
    throw new Error(`the origin says ${status}`);
  }
  return new Response(text);
}
