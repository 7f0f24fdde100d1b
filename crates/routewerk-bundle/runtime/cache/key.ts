/**
 * Keys: a hash over parts, each with its length before it, so that no two lists of parts have the same key.
 */
import type { Hash } from 'node:crypto';

import { settings } from '../handler/host.ts';

import { builtin } from '../builtins.ts';

/** Changes when the parts of a key or the form of what is stored under it change. */
const VERSION = 'routewerk-2';

const ALGORITHM = 'sha256';

/** Hashes parts into a key. */
export class KeyHash {
  /** What is hashed at the end, or before the next bytes: every step into the hash costs more than the text. */
  #text = '';
  #hash: Hash | null = null;

  /** `kind` keeps what different things store apart. */
  constructor(kind: string) {
    this.add(VERSION).add(settings()?.fetchCacheKeyPrefix ?? '').add(kind);
  }

  /** Adds a part: text, bytes, or the absence of a value. */
  add(part: string | Uint8Array | null | undefined): this {
    if (part === null || part === undefined) {
      this.#text += '-;';
    } else if (typeof part !== 'string') {
      this.#hash ??= builtin('node:crypto').createHash(ALGORITHM);
      this.#hash.update(`${this.#text}b${part.length}:`, 'utf8').update(part);
      this.#text = '';
    } else if (part.isWellFormed()) {
      this.#text += `t${part.length}:${part}`;
    } else {
      // Lone surrogates become one and the same character in UTF-8, so text that has them is taken as it lies in memory.
      const bytes = Buffer.from(part, 'utf16le').toString('base64');
      this.#text += `u${bytes.length}:${bytes}`;
    }
    return this;
  }

  /** The key, hexadecimal. To be called once, at the end. */
  hex(): string {
    const hash = this.#hash ?? builtin('node:crypto').createHash(ALGORITHM);
    return hash.update(this.#text, 'utf8').digest('hex');
  }
}
