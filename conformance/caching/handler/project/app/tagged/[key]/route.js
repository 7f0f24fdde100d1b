import { unstable_cache } from 'next/cache';
import { count } from '../../../lib/origin.js';

export const revalidate = 60;

export function generateStaticParams() {
  return [];
}

export async function GET(request, { params }) {
  const { key } = await params;
  const inner = unstable_cache(async () => count(`${key}-inner`), [key], { tags: [key] });
  return new Response(`${count(key)}, ${await inner()}`);
}
