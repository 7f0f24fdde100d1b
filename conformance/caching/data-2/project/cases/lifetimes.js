// Values of `next.revalidate`, with and without `cache`.
import { at, FC, text, twice } from '../lib/probe.js';

export const lifetimes = {
  'revalidate-0': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 0 } }))
    ];
  },
  'revalidate-1': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 1 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 1 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 1 } }))
    ];
  },
  'revalidate-2': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 2 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 2 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 2 } }))
    ];
  },
  'revalidate-3': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: -1 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: -1 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: -1 } }))
    ];
  },
  'revalidate-4': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: NaN } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: NaN } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: NaN } }))
    ];
  },
  'revalidate-5': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: '5' } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: '5' } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: '5' } }))
    ];
  },
  'revalidate-6': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: '0' } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: '0' } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: '0' } }))
    ];
  },
  'revalidate-7': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 1.5 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 1.5 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 1.5 } }))
    ];
  },
  'revalidate-8': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 0.5 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 0.5 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 0.5 } }))
    ];
  },
  'revalidate-9': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: -0.5 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: -0.5 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: -0.5 } }))
    ];
  },
  'revalidate-10': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: Infinity } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: Infinity } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: Infinity } }))
    ];
  },
  'revalidate-11': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: -Infinity } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: -Infinity } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: -Infinity } }))
    ];
  },
  'revalidate-12': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 1e12 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 1e12 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 1e12 } }))
    ];
  },
  'revalidate-13': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 2 ** 31 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 2 ** 31 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 2 ** 31 } }))
    ];
  },
  'revalidate-14': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 2 ** 32 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 2 ** 32 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 2 ** 32 } }))
    ];
  },
  'revalidate-15': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 4294967294 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 4294967294 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 4294967294 } }))
    ];
  },
  'revalidate-16': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 1e300 } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 1e300 } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 1e300 } }))
    ];
  },
  'revalidate-17': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: null } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: null } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: null } }))
    ];
  },
  'revalidate-18': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: true } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: true } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: true } }))
    ];
  },
  'revalidate-19': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: '' } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: '' } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: '' } }))
    ];
  },
  'revalidate-20': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: undefined } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: undefined } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: undefined } }))
    ];
  },
  'revalidate-21': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: ({}) } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: ({}) } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: ({}) } }))
    ];
  },
  'revalidate-22': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: [] } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: [] } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: [] } }))
    ];
  },
  'revalidate-24': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: { revalidate: 'false' } })),
      ...await twice(() => at('v', K + '-fc'),
      () => ({ ...FC, next: { revalidate: 'false' } })),
      ...await twice(() => at('v', K + '-ns'),
      () => ({ cache: 'no-store', next: { revalidate: 'false' } }))
    ];
  },
  'next-null': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ next: null })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ ...FC, next: null })),
      ...await twice(() => at('v', K + '-e'),
      () => ({ next: {} })),
      ...await twice(() => at('v', K + '-s'),
      () => ({ next: 'x' }))
    ];
  },
  'next-internal': async (K) => { return twice(() => at('v', K), () => ({ ...FC, next: { internal: true } })); },
  'init-class': async (K) => {
    class I {
      get cache() { return 'force-cache'; }
    }
    return [await text(at('v', K), new I()), await text(at('v', K), new I())];
  },
  'init-frozen': async (K) => {
    const i = Object.freeze({ ...FC, next: Object.freeze({ revalidate: 60, tags: Object.freeze(['a']) }) });
    return [await text(at('v', K), i), await text(at('v', K), i)];
  },
  'init-mutated': async (K) => {
    const i = { cache: 'force-cache', next: { revalidate: 60 } };
    const a = await text(at('v', K), i);
    return [
      a, Object.keys(i), i.next, await text(at('v', K), i),
      await text(at('v', K + '-n'), (i.cache = 'no-store', delete i.next, i)), Object.keys(i)
    ];
  },
};
