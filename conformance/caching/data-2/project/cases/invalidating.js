// What the functions that invalidate are given.
import { tried } from '../lib/probe.js';

export const invalidating = {
  'throws-update-tag': async () => {
    const { updateTag, refresh } = await import('next/cache');
    return [await tried(() => updateTag('x')), await tried(() => refresh()), await tried(() => updateTag())];
  },
  'revalidate-tag-odd': async () => {
    const { revalidateTag } = await import('next/cache');
    const f = revalidateTag;
    return [
      await tried(() => f()),
      await tried(() => f(5, 'max')),
      await tried(() => f(null, 'max')),
      await tried(() => f('', 'max')),
      await tried(() => f('x'.repeat(257), 'max')),
      await tried(() => f('x', {})),
      await tried(() => f('x', { expire: -1 })),
      await tried(() => f('x', { expire: 'a' })),
      await tried(() => f('x', 5)),
      await tried(() => f(['a'], 'max')),
      await tried(() => f('x', 'nosuch')),
      await tried(() => f('x', { revalidate: 5, expire: 1 })),
      await tried(() => f('x', { stale: false })),
      await tried(() => f('x', null)),
      await tried(() => f('x', '')),
      await tried(() => f('x', { expire: NaN })),
      await tried(() => f('x', { expire: Infinity }))
    ].map((x) => x ?? null);
  },
};
