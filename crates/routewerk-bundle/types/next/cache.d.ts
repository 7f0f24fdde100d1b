/**
 * `next/cache`: what is kept, for how long, and how it is thrown away.
 */

declare module 'next/cache' {
  /** One reply or value of a `use cache` handler. */
  export interface CacheEntry {
    value: ReadableStream<Uint8Array>;
    tags: string[];
    /** When it was made, in milliseconds since 1970. */
    timestamp: number;
    /** Seconds for which a client may keep it. */
    stale: number;
    /** Seconds after which it is made anew in the background. */
    revalidate: number;
    /** Seconds after which it may not be used any more. */
    expire: number;
  }

  /** A store of `cacheHandlers` in next.config. */
  export interface CacheHandler {
    get(cacheKey: string, softTags: string[]): Promise<undefined | CacheEntry>;
    set(cacheKey: string, pendingEntry: Promise<CacheEntry>): Promise<void>;
    refreshTags(): Promise<void>;
    getExpiration(tags: string[]): Promise<number>;
    updateTags(tags: string[], durations?: { expire?: number }): Promise<void>;
  }

  /** The names of the profiles that `cacheLife()` takes, as keys: filled by `cache-life.d.ts`. */
  export interface CacheLifeProfiles {}

  /** Keeps what this function returns for as long as a profile says. */
  export function cacheLife(profile: 'default' | 'seconds' | 'minutes' | 'hours' | 'days' | 'weeks' | 'max'): void;
  /** Keeps what this function returns for as long as a profile of next.config says. */
  export function cacheLife(profile: keyof CacheLifeProfiles extends never ? string : never): void;
  /** Keeps what this function returns for so many seconds. */
  export function cacheLife(profile: { stale?: number; revalidate?: number; expire?: number }): void;
  /** Gives what this function returns tags, by which it is found again. */
  export function cacheTag(...tags: string[]): void;
  export const unstable_cacheLife: typeof cacheLife;
  export const unstable_cacheTag: typeof cacheTag;

  /** Throws away what is kept for a path, or for a whole pattern and its layout. */
  export function revalidatePath(originalPath: string, type?: 'layout' | 'page'): undefined;
  /** Makes everything with this tag stale: it is served for as long as the profile says, and made anew. */
  export function revalidateTag(tag: string, profile: string | { expire?: number }): undefined;
  /** Throws away everything with this tag at once. */
  export function updateTag(tag: string): undefined;
  /** Lets the client ask again for what it shows. */
  export function refresh(): void;

  /** The function, whose results are kept by its arguments and `keyParts`. */
  export function unstable_cache<T extends (...args: any[]) => Promise<any>>(
    callback: T,
    keyParts?: string[],
    options?: { revalidate?: number | false; tags?: string[] },
  ): T;
  /** Says that nothing of this call may be kept. */
  export function unstable_noStore(): void;

  export function io(): Promise<void>;
  export function navigation(): Promise<void>;
  export function prefetch(): Promise<void>;
}

declare module 'next/cache.js' {
  export * from 'next/cache';
}
