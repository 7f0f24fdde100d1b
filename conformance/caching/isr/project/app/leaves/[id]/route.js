import { call } from '../../../lib/origin.js';
import { notFound, redirect } from 'next/navigation';

export const revalidate = 1;

export function generateStaticParams() {
  return [].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { status, text } = await call(id);
  if (status === 404) {
    notFound();
  }
  if (status === 300) {
    redirect(`/elsewhere?${text}`);
  }
  return new Response(text);
}
