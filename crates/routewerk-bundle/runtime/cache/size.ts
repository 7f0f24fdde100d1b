/**
 * The limit of Next.js for what `fetch` and `unstable_cache` store: two MiB of the JSON text that it would write.
 */
import { hasUserStore } from './user/user-store.ts';

const MAX_BYTES = 2 * 1024 * 1024;

/** What is wrong with an entry of this size; null if nothing. `entry` is Next.js's entry with an empty body. */
export function tooLarge(entry: object, bodyLength: number, name: string): string | null {
  if (hasUserStore()) {
    // It may have another limit.
    return null;
  }
  const length = JSON.stringify(entry).length + bodyLength;
  if (length <= MAX_BYTES) {
    return null;
  }
  return `Failed to set Next.js data cache for ${name}, items over 2MB can not be cached (${length} bytes)`;
}
