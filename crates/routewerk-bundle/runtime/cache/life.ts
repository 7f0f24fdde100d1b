/**
 * The profiles of `cacheLife`: Next.js's own, and those of next.config.
 */
import { settings } from '../handler/host.ts';

/** What collects the lifetimes and tags of what is used: a generation, or a cached function. */
export interface Lifetime {
  stale: number;
  revalidate: number;
  expire: number;
  readonly tags: Set<string>;
}

/** "Never", as a number that survives JSON, as in Next.js. */
export const INFINITE = 0xfffffffe;

/** A lifetime, in seconds. */
export interface CacheLife {
  readonly stale?: number;
  readonly revalidate?: number;
  readonly expire?: number;
}

const OWN: Readonly<Record<string, CacheLife>> = {
  default: { stale: 300, revalidate: 900, expire: INFINITE },
  seconds: { stale: 30, revalidate: 1, expire: 60 },
  minutes: { stale: 300, revalidate: 60, expire: 3600 },
  hours: { stale: 300, revalidate: 3600, expire: 86400 },
  days: { stale: 300, revalidate: 86400, expire: 604800 },
  weeks: { stale: 300, revalidate: 604800, expire: 2592000 },
  max: { stale: 300, revalidate: 2592000, expire: 31536000 },
};

/** The lifetime of a profile; null where there is none of that name. */
export function lifeProfile(name: string): CacheLife | null {
  const configured = settings()?.cacheLife ?? {};
  if (Object.hasOwn(configured, name)) {
    return normaliseLife({ ...(Object.hasOwn(OWN, name) ? OWN[name] : {}), ...withInfinity(configured[name] as CacheLife) });
  }
  return Object.hasOwn(OWN, name) ? (OWN[name] as CacheLife) : null;
}

/** `Infinity` of a configuration has become null in JSON. */
function withInfinity(life: CacheLife): CacheLife {
  return Object.fromEntries(Object.entries(life).map(([key, value]) => [key, (value as unknown) === null ? Infinity : value])) as CacheLife;
}

/** Checks a lifetime as Next.js does, and writes `Infinity` as the number that survives JSON. */
export function normaliseLife(life: CacheLife): CacheLife {
  const normal: { stale?: number; revalidate?: number; expire?: number } = {};
  for (const key of ['stale', 'revalidate', 'expire'] as const) {
    const value = normaliseSeconds(key, life[key]);
    if (value !== undefined) {
      normal[key] = value;
    }
  }
  if (normal.revalidate !== undefined && normal.expire !== undefined && normal.revalidate > normal.expire) {
    throw new Error(
      'If providing both the revalidate and expire options, the expire option must be greater than the revalidate option. ' +
        'The expire option indicates how many seconds from the start until it can no longer be used.',
    );
  }
  return normal;
}

function normaliseSeconds(key: 'stale' | 'revalidate' | 'expire', value: unknown): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (value === false) {
    if (key === 'stale') {
      throw new Error(
        'Pass `Infinity` instead of `false` if you want to cache on the client forever without checking with the server.',
      );
    }
    throw new Error(
      key === 'revalidate'
        ? 'Pass `Infinity` instead of `false` if you do not want to revalidate by time.'
        : 'Pass `Infinity` instead of `false` if you want to cache on the server forever without checking with the origin.',
    );
  }
  if (typeof value !== 'number') {
    throw new Error(`The ${key} option must be a number of seconds.`);
  }
  if (value === Infinity) {
    return INFINITE;
  }
  if (!Number.isFinite(value)) {
    throw new Error(
      `Invalid \`cacheLife()\` option "${key}" provided, expected a finite number of seconds or Infinity, received ${value}.`,
    );
  }
  return value;
}
