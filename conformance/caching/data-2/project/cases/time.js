// Responses that are too old.
import { at, text } from '../lib/probe.js';

export const time = {
  'stale-1': async (K) => { return text(at('v', K), { next: { revalidate: 1 } }); },
  'stale-shorter-asker': async (K, S) => { return text(at('v', K), { next: { revalidate: Number(S.get('r')) } }); },
  'stale-force-after-rev': async (K, S) => {
    return text(at('v', K), S.has('r') ? { next: { revalidate: 1 } } : { next: { revalidate: false } });
  },
  'stale-fraction': async (K) => { return text(at('v', K), { next: { revalidate: 0.5 } }); },
};
