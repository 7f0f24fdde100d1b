import { call } from '../../../lib/origin.js';
import { after } from 'next/server';

export const revalidate = 1;

export function generateStaticParams() {
  return ["built-later"].map((id) => ({ id }));
}

export async function GET(request, { params }) {
  const { id } = await params;
  const { text } = await call(id);
  after(async () => {
    await call(`${id}-after`);
  });
  return new Response(text);
}
