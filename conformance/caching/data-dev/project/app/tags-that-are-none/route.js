import { get } from '../../lib/get.js';

export async function GET() {
  return new Response(await get('tags-that-are-none', { next: { revalidate: 60, tags: [5, 'x'] } }));
}
