/**
 * The pieces that `error.stack` is put together from where `Error.prepareStackTrace` makes it: the text stays that of the
 * JavaScript engine, but for the places.
 */

import type { Position } from './source-maps.ts';

/** V8's text for a call site with another place. */
export function withPlace(text: string, place: Position, other: Position): string {
  const old = `${place.file}:${place.line}:${place.column}`;
  const at = text.lastIndexOf(old);
  if (at < 0) return text;
  return `${text.slice(0, at)}${other.file}:${other.line}:${other.column}${text.slice(at + old.length)}`;
}

/** The first line, as Node.js makes it: its own errors show their code, which only their `toString` tells. */
export function headOf(error: Error): string {
  try {
    const { code } = error as { readonly code?: unknown };
    if (typeof code === 'string' && code.startsWith('ERR_')) {
      const text = String(error);
      if (text.includes(`[${code}]`)) return text;
    }
    return Error.prototype.toString.call(error);
  } catch {
    return '<error>';
  }
}
