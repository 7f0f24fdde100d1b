import { get } from '../../lib/get.js';

export const dynamic = 'force-static';

export async function GET(request) {
  const tags = Array.from({ length: 130 }, (_, index) => `many-${index}`);
  return new Response(await get('tag-one-too-many', { next: { tags } }));
}
