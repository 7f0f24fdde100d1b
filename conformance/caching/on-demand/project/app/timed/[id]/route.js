import { call } from '../../../lib/origin.js';

export const revalidate = 3600;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  return new Response((await call(encodeURIComponent((await params).id))).text);
}
