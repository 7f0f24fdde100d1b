// Beside and in `after()`.
import { at, FC, text, tried } from '../lib/probe.js';

export const after = {
  'after-fetch': async (K) => {
    const { after } = await import('next/server');
    after(async () => { await text(at('v', K), FC); });
    return 'x';
  },
  'after-fetch-read': async (K) => {
    const { after } = await import('next/server');
    after(async () => { console.log('in after', await text(at('v', K), FC), await text(at('v', K + '-u'))); });
    return 'x';
  },
  'after-revalidate': async (K, S) => {
    const { after } = await import('next/server');
    const { revalidateTag } = await import('next/cache');
    const v = await text(at('v', K), { ...FC, next: { tags: [K] } });
    if (S.has('r'))
      after(() => { revalidateTag(K, { expire: 0 }); });
    return v;
  },
  'after-unstable-cache': async (K) => {
    const { after } = await import('next/server');
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache(async () => text(at('v', K)), [K]);
    after(async () => { console.log('after uc', await f()); });
    return f();
  },
  'after-errors': async () => {
    const { after } = await import('next/server');
    return [await tried(() => after('x')), await tried(() => after(undefined)), await tried(() => after(null))];
  },
};
