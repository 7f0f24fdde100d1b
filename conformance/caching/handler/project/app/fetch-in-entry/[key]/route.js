import { at } from '../../../lib/origin.js';

export const revalidate = 60;

export function generateStaticParams() {
  return [{ key: 'built-fetch' }];
}

export async function GET(request, { params }) {
  const { key } = await params;
  await fetch(at(key), { next: { revalidate: 30, tags: [key] } });
  return new Response(key);
}
