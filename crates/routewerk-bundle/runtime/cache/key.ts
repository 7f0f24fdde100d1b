/**
 * Keys: a hash over parts, each with its length before it, so that no two lists of parts have the same key.
 */
import type { Hash } from 'node:crypto';

import { settings } from '../handler/host.ts';

import { builtin } from '../builtins.ts';

/** Changes when the parts of a key or the form of what is stored under it change. */
const VERSION = 'routewerk-1';

/** Hashes parts into a key. */
export class KeyHash {
  #hash: Hash = builtin('node:crypto').createHash('sha256');

  /** `kind` keeps what different things store apart. */
  constructor(kind: string) {
    this.add(VERSION).add(settings()?.fetchCacheKeyPrefix ?? '').add(kind);
  }

  /** Adds a part: text, bytes, or the absence of a value. */
  add(part: string | Uint8Array | null | undefined): this {
    if (part === null || part === undefined) {
      this.#hash.update('-;');
      return this;
    }
    // Lone surrogates become one and the same character in UTF-8, so text that has them is taken as it lies in memory.
    const isPlain = typeof part === 'string' && part.isWellFormed();
    const bytes = typeof part === 'string' ? Buffer.from(part, isPlain ? 'utf8' : 'utf16le') : part;
    const mark = typeof part === 'string' ? (isPlain ? 't' : 'u') : 'b';
    this.#hash.update(`${mark}${bytes.length}:`).update(bytes);
    return this;
  }

  /** The key, hexadecimal. To be called once, at the end. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}
