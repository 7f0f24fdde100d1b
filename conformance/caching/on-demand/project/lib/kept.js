import { unstable_cache } from 'next/cache';
import { call } from './origin.js';

// A value of the origin under a tag, for as long as nobody drops it.
export const kept = (key, tags, revalidate = false) =>
  unstable_cache(async () => (await call(key)).text, [key], { tags, revalidate })();
