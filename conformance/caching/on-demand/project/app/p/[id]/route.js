import { call } from '../../../lib/origin.js';

export function generateStaticParams() {
  return ['built'].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  return new Response((await call(encodeURIComponent((await params).id))).text);
}
