// What may be done in a cached function.
import { at, FC, text, tried } from '../lib/probe.js';

export const inside = {
  'in-uc-revalidate': async (K) => {
    const m = await import('next/cache');
    const f = m.unstable_cache(async () => [
      await tried(() => m.revalidateTag('x', 'max')),
      await tried(() => m.revalidatePath('/y')),
      await tried(() => m.updateTag('x')),
      await tried(() => m.refresh()),
      await tried(() => m.revalidateTag('x'))
    ], [K]);
    return f();
  },
  'in-uc-request': async (K, S, request) => {
    const m = await import('next/cache');
    const h = await import('next/headers');
    const s = await import('next/server');
    const f = m.unstable_cache(async () => [
      await tried(() => h.cookies()),
      await tried(() => h.headers()),
      await tried(async () => (await h.draftMode()).isEnabled),
      await tried(async () => (await h.draftMode()).enable()),
      await tried(() => s.connection()),
      await tried(() => request.url),
      await tried(() => request.headers.get('x')),
      await tried(() => request.text()),
      await tried(() => request.nextUrl.search),
      await tried(() => request.cookies.get('x')),
      await tried(() => request.method)
    ].map((x) => x ?? null), [K]);
    return f();
  },
  'in-uc-nostore': async (K) => {
    const m = await import('next/cache');
    const f = m.unstable_cache(async () => {
      m.unstable_noStore();
      return text(at('v', K));
    }, [K]);
    return [await f(), await f()];
  },
  'in-uc-cachelife': async (K) => {
    const m = await import('next/cache');
    return [
      await tried(() => m.cacheLife('max')),
      await tried(() => m.cacheTag('x')),
      await tried(() => m.unstable_cacheLife('max')),
      await tried(() => m.unstable_cacheTag('x')),
      await tried(() => m.unstable_cache(async () => {
        m.cacheLife('max');
        return 1;
      }, [K])())
    ];
  },
  'in-uc-navigation': async (K) => {
    const m = await import('next/cache');
    const n = await import('next/navigation');
    const out = [];
    for (const f of [
      () => n.redirect('/a'), () => n.notFound(), () => n.permanentRedirect('/b'), () => n.forbidden(), () => n.unauthorized()
    ])
      out.push(await tried(m.unstable_cache(async () => f(), [K + String(f)])));
    return out;
  },
  'nostore': async (K) => {
    const m = await import('next/cache');
    const a = await text(at('v', K), FC);
    m.unstable_noStore();
    return [
      a, await text(at('v', K), FC),
      await text(at('v', K + '-2')),
      await text(at('v', K + '-2')),
      await text(at('v', K + '-3'),
      { next: { revalidate: 60 } }),
      await text(at('v', K + '-3'),
      { next: { revalidate: 60 } }),
      await text(at('v', K + '-4'),
      { next: { tags: ['a'] } }),
      await text(at('v', K + '-4'),
      { next: { tags: ['a'] } })
    ];
  },
};
