/**
 * The `revalidate` of `fetch` and `unstable_cache`, checked as Next.js does.
 */
import { INFINITE } from './life.ts';

/** Seconds; `INFINITE` for `false` and `Infinity`; undefined where nothing was given. */
export function readRevalidate(value: unknown, where: string): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (value === false || value === Infinity) {
    return INFINITE;
  }
  if (typeof value === 'number' && value > -1) {
    return value;
  }
  throw new Error(`Invalid revalidate value "${String(value)}" on "${where}", must be a non-negative number or false`);
}

/** As the front takes it: false where it is "never". */
export function forFront(seconds: number): number | false {
  return seconds >= INFINITE ? false : Math.max(seconds, 0);
}
