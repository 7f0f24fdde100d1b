import { after } from 'next/server';
import { call } from '../../lib/origin.js';
import { refresh, revalidatePath, revalidateTag, unstable_cache, updateTag } from 'next/cache';

// Calls what the query names, and tells what was thrown.
async function act(request) {
  const query = request.nextUrl.searchParams;
  const profile = query.has('expire') ? { expire: Number(query.get('expire')) } : (query.get('profile') ?? undefined);
  const acts = {
    path: () => revalidatePath(query.get('path'), query.get('type') ?? undefined),
    tag: () => (profile === undefined ? revalidateTag(query.get('tag')) : revalidateTag(query.get('tag'), profile)),
    update: () => updateTag(query.get('tag')),
    refresh: () => refresh(),
    long: () => revalidatePath('/' + 'x'.repeat(1100)),
    'no-path': () => revalidatePath(),
    'no-tag': () => revalidateTag(undefined, 'max'),
    'long-tag': () => revalidateTag('x'.repeat(300), 'max'),
    'empty-object': () => revalidateTag(query.get('tag'), {}),
    several: () => query.getAll('tag').forEach((tag) => revalidateTag(tag, { expire: 0 })),
    after: () => after(() => revalidatePath(query.get('path'))),
    'after-called': () => after(async () => {
      revalidatePath(query.get('path'));
      await call(query.get('key'));
    }),
    'in-cache': () => unstable_cache(async () => revalidateTag(query.get('tag'), 'max'), ['in-cache'])(),
    'in-cache-path': () => unstable_cache(async () => revalidatePath(query.get('path')), ['in-cache-path'])(),
    throws: () => {
      revalidatePath(query.get('path'));
      throw new Error('after the invalidation');
    },
  };
  try {
    const returned = await acts[query.get('act')]();
    return Response.json({ returned: returned ?? null });
  } catch (error) {
    if (query.get('act') === 'throws') {
      throw error;
    }
    return Response.json({ thrown: error.message });
  }
}

export const GET = act;
export const POST = act;
