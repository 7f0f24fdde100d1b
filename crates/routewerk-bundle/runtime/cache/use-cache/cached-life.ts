/**
 * What a `'use cache'` function has said of its lifetime, and what is used inside of it has.
 */
import { INFINITE, lifeProfile } from '../life.ts';
import type { CacheLife, Lifetime } from '../life.ts';

/** For how long a value is good, in seconds. */
export interface Term {
  readonly stale: number;
  readonly revalidate: number;
  readonly expire: number;
}

/** The lifetime of a cached function that runs. */
export class CachedLife implements Lifetime {
  /** The shortest of what was used inside, each on its own. */
  stale = INFINITE;
  revalidate = INFINITE;
  expire = INFINITE;
  readonly tags = new Set<string>();
  /** The first call inside of something that is no part of what is prerendered, in a generation. */
  shortenedBy: Error | null = null;
  /** What `cacheLife` has said; the shortest where it was called several times. */
  #said: { stale?: number; revalidate?: number; expire?: number } = {};

  /** Takes a lifetime that `cacheLife` was given. */
  say(life: CacheLife): void {
    for (const key of ['stale', 'revalidate', 'expire'] as const) {
      const value = life[key];
      if (value !== undefined) {
        this.#said[key] = Math.min(this.#said[key] ?? INFINITE, value);
      }
    }
  }

  /** Whether `cacheLife` has said something of this. */
  hasSaid(key: keyof Term): boolean {
    return this.#said[key] !== undefined;
  }

  /** What `cacheLife` has said; where it was silent, the default or what was used inside, whichever is shorter. */
  result(): Term {
    const base = lifeProfile('default') ?? {};
    const of = (key: keyof Term): number => this.#said[key] ?? Math.min(base[key] ?? INFINITE, this[key]);
    return { stale: of('stale'), revalidate: of('revalidate'), expire: of('expire') };
  }
}
