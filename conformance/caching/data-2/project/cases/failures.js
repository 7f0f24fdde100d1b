// Origins that fail, and signals.
import { at, FC, text, tried, twice } from '../lib/probe.js';

export const failures = {
  'network-refused': async () => {
    return [
      await text('http://127.0.0.1:1/x', FC),
      await text('http://127.0.0.1:1/x', { next: { revalidate: 1 } }),
      await text('http://127.0.0.1:1/x')
    ];
  },
  'network-reset': async (K) => { return twice(() => at('reset', K), () => FC); },
  'network-cutchunk': async (K) => { return twice(() => at('cutchunk', K), () => FC); },
  'network-recovers': async (K) => { return text(at('seq/0,500,200,200', K), FC); },
  'network-stale-fails': async (K) => { return text(at('seq/200,500,0,200,200', K), { next: { revalidate: 1 } }); },
  'signal-aborted': async (K) => {
    return [
      await text(at('v', K),
      { ...FC, signal: AbortSignal.abort() }),
      await text(at('v', K),
      { ...FC, signal: AbortSignal.abort(new Error('mine')) }),
      await text(at('v', K), FC),
      await text(at('v', K),
      { ...FC, signal: AbortSignal.abort() })
    ];
  },
  'signal-during': async (K) => {
    const a = new AbortController();
    setTimeout(() => a.abort(), 150);
    const x = await text(at('slow/500', K), { ...FC, signal: a.signal });
    return [x, await text(at('slow/500', K), FC)];
  },
  'signal-body': async (K) => {
    const a = new AbortController();
    const r = await fetch(at('slowbody/200', K), { ...FC, signal: a.signal });
    a.abort();
    const x = await tried(() => r.text());
    return [x, await text(at('slowbody/200', K), FC)];
  },
  'signal-timeout': async (K) => {
    return [
      await text(at('slow/500', K),
      { ...FC, signal: AbortSignal.timeout(150) }),
      await text(at('slow/500', K),
      { ...FC, signal: AbortSignal.timeout(3000) }),
      await text(at('slow/500', K),
      { ...FC, signal: AbortSignal.timeout(3000) })
    ];
  },
  'signal-request': async (K) => {
    const a = new AbortController();
    setTimeout(() => a.abort('why'), 150);
    const r = new Request(at('slow/500', K), { ...FC, signal: a.signal });
    return [await text(r), await text(at('slow/500', K), FC)];
  },
  'signal-handler': async (K, S, request) => {
    return [
      await text(at('v', K), { ...FC, signal: request.signal }), await text(at('v', K), { ...FC, signal: request.signal })
    ];
  },
  'signal-bad': async (K) => {
    return [
      await text(at('v', K), { ...FC, signal: 'x' }), await text(at('v', K), { ...FC, signal: null })
    ];
  },
  'thrown-stack': async () => {
    try {
      await fetch('http://127.0.0.1:1/', FC);
    }
    catch (e) {
      return [
        e.constructor === TypeError, e instanceof TypeError, e.message, e.cause?.constructor?.name, typeof e.stack
      ];
    }
  },
};
