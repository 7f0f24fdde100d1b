import { get } from '../../lib/get.js';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  const { searchParams } = new URL(request.url);
  return new Response(await get('age-of-each-asker', { next: { revalidate: Number(searchParams.get('age')) } }));
}
