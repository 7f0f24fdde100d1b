/**
 * Has the memory of spent chunks collected before it adds up.
 *
 * Every chunk of a streamed body has memory of its own, which its consumer owns from then on (a byte stream takes a chunk's
 * whole buffer over, so chunks cannot share one, nor can it be used again). V8 frees such memory when it collects the object that
 * stands for it, and collects young objects only when they, without their memory, fill a part of the heap, or when
 * they hold 32 MB outside of it: that much of a long body that passed in 64 KB at a time. A collection of the young
 * objects after each few megabytes keeps that small; where little has survived, as here, it takes a fraction of a millisecond.
 *
 * Node.js alone: other engines count that memory as theirs.
 */

import { builtin } from '../builtins.ts';

/** How many bytes of bodies may pass between two collections. */
const BYTES_BETWEEN = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let passed = 0;
let collect: Collect | null | undefined;

/** So many bytes of streamed bodies have passed, in either direction. */
export function countSpentBytes(bytes: number): void {
  passed += bytes;
  if (passed < BYTES_BETWEEN) return;
  passed = 0;
  if (collect === undefined) collect = findCollect();
  collect?.({ type: 'minor' });
}

/** V8 gives the function to contexts that are made while the flag is set, so the user's own global never has it. */
function findCollect(): Collect | null {
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) return null;
  const v8 = builtin('node:v8');
  const wasExposed = typeof globalThis.gc === 'function';
  v8.setFlagsFromString('--expose-gc');
  try {
    return builtin('node:vm').runInNewContext('gc') as Collect;
  } finally {
    if (!wasExposed) v8.setFlagsFromString('--no-expose-gc');
  }
}
