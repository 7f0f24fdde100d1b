// The other options of the platform.
import { at, FC, text, twice } from '../lib/probe.js';

export const options = {
  'option-credentials': async (K) => {
    const out = [];
    for (const v of ['omit', 'include', 'same-origin'])
      out.push(await text(at('v', K), { ...FC, credentials: v }), await text(at('v', K), { ...FC, credentials: v }));
    return out;
  },
  'option-mode': async (K) => {
    const out = [];
    for (const v of ['cors', 'no-cors', 'same-origin'])
      out.push(await text(at('v', K), { ...FC, mode: v }), await text(at('v', K), { ...FC, mode: v }));
    return out;
  },
  'option-redirect': async (K) => {
    const out = [];
    for (const v of ['follow', 'manual', 'error'])
      out.push(await text(at('v', K), { ...FC, redirect: v }), await text(at('v', K), { ...FC, redirect: v }));
    return out;
  },
  'option-referrer': async (K) => {
    const out = [];
    for (const v of ['http://r.test/', '', 'about:client'])
      out.push(await text(at('v', K), { ...FC, referrer: v }), await text(at('v', K), { ...FC, referrer: v }));
    return out;
  },
  'option-referrerPolicy': async (K) => {
    const out = [];
    for (const v of ['no-referrer', 'origin'])
      out.push(await text(at('v', K), { ...FC, referrerPolicy: v }), await text(at('v', K), { ...FC, referrerPolicy: v }));
    return out;
  },
  'option-integrity': async (K) => {
    const out = [];
    for (const v of ['sha256-x', ''])
      out.push(await text(at('v', K), { ...FC, integrity: v }), await text(at('v', K), { ...FC, integrity: v }));
    return out;
  },
  'option-keepalive': async (K) => {
    const out = [];
    for (const v of [true, false])
      out.push(await text(at('v', K), { ...FC, keepalive: v }), await text(at('v', K), { ...FC, keepalive: v }));
    return out;
  },
  'option-priority': async (K) => {
    const out = [];
    for (const v of ['high'])
      out.push(await text(at('v', K), { ...FC, priority: v }), await text(at('v', K), { ...FC, priority: v }));
    return out;
  },
  'option-window': async (K) => {
    const out = [];
    for (const v of [null, 'x'])
      out.push(await text(at('v', K), { ...FC, window: v }), await text(at('v', K), { ...FC, window: v }));
    return out;
  },
  'option-duplex': async (K) => {
    const out = [];
    for (const v of ['half'])
      out.push(await text(at('v', K), { ...FC, duplex: v }), await text(at('v', K), { ...FC, duplex: v }));
    return out;
  },
  'cache-empty': async (K) => { return twice(() => at('v', K), () => ({ cache: '' })); },
  'cache-only-if-cached-same-origin': async (K) => { return twice(() => at('v', K),
  () => ({ cache: 'only-if-cached', mode: 'same-origin' })); },
  'cache-rev-reload': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ cache: 'reload', next: { revalidate: 60 } })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ cache: 'reload', next: { revalidate: false } })),
      ...await twice(() => at('v', K + '-0'),
      () => ({ cache: 'reload', next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-t'),
      () => ({ cache: 'reload', next: { tags: ['a'] } }))
    ];
  },
  'cache-rev-no-cache': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ cache: 'no-cache', next: { revalidate: 60 } })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ cache: 'no-cache', next: { revalidate: false } })),
      ...await twice(() => at('v', K + '-0'),
      () => ({ cache: 'no-cache', next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-t'),
      () => ({ cache: 'no-cache', next: { tags: ['a'] } }))
    ];
  },
  'cache-rev-default': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ cache: 'default', next: { revalidate: 60 } })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ cache: 'default', next: { revalidate: false } })),
      ...await twice(() => at('v', K + '-0'),
      () => ({ cache: 'default', next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-t'),
      () => ({ cache: 'default', next: { tags: ['a'] } }))
    ];
  },
  'cache-rev-force-cache': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ cache: 'force-cache', next: { revalidate: 60 } })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ cache: 'force-cache', next: { revalidate: false } })),
      ...await twice(() => at('v', K + '-0'),
      () => ({ cache: 'force-cache', next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-t'),
      () => ({ cache: 'force-cache', next: { tags: ['a'] } }))
    ];
  },
  'cache-rev-no-store': async (K) => {
    return [
      ...await twice(() => at('v', K),
      () => ({ cache: 'no-store', next: { revalidate: 60 } })),
      ...await twice(() => at('v', K + '-f'),
      () => ({ cache: 'no-store', next: { revalidate: false } })),
      ...await twice(() => at('v', K + '-0'),
      () => ({ cache: 'no-store', next: { revalidate: 0 } })),
      ...await twice(() => at('v', K + '-t'),
      () => ({ cache: 'no-store', next: { tags: ['a'] } }))
    ];
  },
};
