/**
 * Looks positions up in source maps. Maps are decoded when the first position of their file is asked for, and the decoded
 * form, which is large, is kept for the files that were asked for last.
 */

import { SourceMap } from 'node:module';
import type { SourceMapPayload } from 'node:module';

/** A place in a text file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A source map and where it stands. */
export interface SourceMapText {
  /** Changes when the map does. */
  readonly key: string;
  /** Parses it; null where it is no source map after all. */
  payload(): SourceMapPayload | null;
}

/** How many decoded maps are kept. */
const MAX_DECODED = 32;

/** Decoded source maps. */
export class SourceMaps {
  readonly #find: (file: string) => SourceMapText | null;
  readonly #decoded = new Map<string, { readonly key: string; readonly map: SourceMap | null }>();

  /** `find` gives the map of a file that runs, or null. */
  constructor(find: (file: string) => SourceMapText | null) {
    this.#find = find;
  }

  /** Where a place in the code that runs comes from; null where nothing says so. */
  original(place: Position): Position | null {
    const map = this.#mapOf(place.file);
    const entry = map?.findEntry(place.line - 1, place.column - 1);
    if (entry === undefined || !('originalSource' in entry)) return null;
    // The mapping before the place, perhaps of an earlier line: then the place itself has none.
    if (entry.generatedLine !== place.line - 1) return null;
    return { file: entry.originalSource, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }

  #mapOf(file: string): SourceMap | null {
    const text = this.#find(file);
    if (text === null) return null;
    const known = this.#decoded.get(file);
    this.#decoded.delete(file);
    const entry = known?.key === text.key ? known : { key: text.key, map: decode(text) };
    this.#decoded.set(file, entry);
    for (const [oldest] of this.#decoded) {
      if (this.#decoded.size <= MAX_DECODED) break;
      this.#decoded.delete(oldest);
    }
    return entry.map;
  }
}

function decode(text: SourceMapText): SourceMap | null {
  try {
    const payload = text.payload();
    return payload === null ? null : new SourceMap(payload);
  } catch {
    // A package's broken map must not hide the error that is being shown.
    return null;
  }
}
