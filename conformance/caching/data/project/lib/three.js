import { at, outcome, text } from './origin.js';

// The same fetch in each way, twice.
export async function three(key) {
  const found = {};
  const ways = { plain: {}, cached: { cache: 'force-cache' }, timed: { next: { revalidate: 60 } }, never: { cache: 'no-store' } };
  for (const [name, options] of Object.entries(ways)) {
    const run = () => text(at(`${key}-${name}`), options);
    found[name] = [await outcome(run), await outcome(run)];
  }
  return found;
}
