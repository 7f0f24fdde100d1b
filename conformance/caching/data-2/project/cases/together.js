// Several at once.
import { at, FC, text } from '../lib/probe.js';

export const together = {
  'parallel-same': async (K) => { return (await Promise.all([1, 2, 3, 4, 5].map(() => text(at('slow/50', K), FC)))).sort(); },
  'parallel-uncached': async (K) => { return (await Promise.all([1, 2, 3].map(() => text(at('slow/50', K))))).sort(); },
};
