// `unstable_cache`.
import { at, FC, text, tried } from '../lib/probe.js';

export const functions = {
  'uc-keyparts': async () => {
    const { unstable_cache } = await import('next/cache');
    let n = 0;
    const cb = async () => ++n;
    const mk = (k) => unstable_cache(cb, k)();
    const out = [];
    for (const k of [
      undefined,
      [],
      ['a'],
      ['b'],
      ['a', 'b'],
      null, 'str',
      [1],
      ['1'],
      [undefined],
      [null],
      [['x']],
      [{}]
    ])
      out.push(await tried(() => mk(k)), await tried(() => mk(k)));
    return out;
  },
  'uc-sync': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache((() => 'sync'), [K]);
    const g = unstable_cache((() => { throw new Error('sync throw'); }), [K]);
    return [await tried(() => f()), await tried(() => f()), await tried(() => g()), f() instanceof Promise];
  },
  'uc-this': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const o = { v: 5, f: unstable_cache(async function () { return typeof this + (this === undefined); }, [K]) };
    return [await o.f(), await o.f()];
  },
  'uc-props': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache(async function named(a, b) { return a + b; }, [K]);
    return [f.name, f.length, typeof f, f.constructor.name];
  },
  'uc-stale': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache(async () => text(at('v', K)), [K], { revalidate: 1 });
    return f();
  },
  'uc-stale-throws': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache(async () => {
      const t = await text(at('seq/200,500,200', K));
      if (String(t).startsWith('500'))
        throw new Error('boom');
      return t;
    }, [K], { revalidate: 1 });
    return f();
  },
  'uc-nested': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const inner = unstable_cache(async () => text(at('v', K + '-i')), [K, 'i'], { revalidate: 1, tags: ['in'] });
    const outer = unstable_cache(async () => [await inner(),
    await inner(),
    await text(at('v', K + '-o'))],
    [K, 'o'],
    { revalidate: 60 });
    return [await outer(), await inner(), await outer(), await inner()];
  },
  'uc-fetch-inside': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const f = unstable_cache(async () => [
      await text(at('v', K), FC),
      await text(at('v', K), FC),
      await text(at('v', K + '-r'),
      { next: { revalidate: 60, tags: ['q'] } }),
      await text(at('v', K + '-p'))
    ], [K]);
    return [await f(), await f(), await text(at('v', K), FC)];
  },
  'uc-in-loop': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const out = [];
    for (let i = 0; i < 3; i++) {
      const f = unstable_cache(async () => i, [K]);
      out.push(await f());
    }
    return out;
  },
  'uc-closure': async (K, S) => {
    const { unstable_cache } = await import('next/cache');
    const v = S.get('v');
    const f = unstable_cache(async () => v, [K]);
    return f();
  },
  'uc-bound': async (K) => {
    const { unstable_cache } = await import('next/cache');
    let n = 0;
    const f = unstable_cache((async function () {
      n++;
      return this.x + n;
    }).bind({ x: 'a' }), [K]);
    const g = unstable_cache((async function () {
      n++;
      return this.x + n;
    }).bind({ x: 'b' }), [K]);
    return [await f(), await g(), await f()];
  },
  'uc-cookie-outside': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const h = await import('next/headers');
    const v = (await h.cookies()).get('a')?.value;
    const f = unstable_cache(async (x) => text(at('q', K, '?' + x)), [K]);
    return f(v);
  },
  'uc-draft': async (K) => {
    const { unstable_cache } = await import('next/cache');
    const h = await import('next/headers');
    const f = unstable_cache(async () => (await h.draftMode()).isEnabled, [K]);
    return [await f(), await f()];
  },
};
