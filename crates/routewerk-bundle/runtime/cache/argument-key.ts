/**
 * Arguments of `unstable_cache` as parts of a key: their JSON text, as in Next.js, and beside it what JSON loses, so that calls with
 * different arguments never share a result.
 *
 * It stays synchronous and reads nothing that can be read only once: promises and streams are told apart by nothing.
 */
import type { KeyHash } from './key.ts';

/** Adds arguments to a key. */
export function addArguments(key: KeyHash, args: readonly unknown[]): KeyHash {
  const [text, lost] = textOf(args);
  key.add(text).add(String(lost.length));
  lost.forEach((part) => key.add(part));
  return key;
}

/** A value's JSON text, and what is not in it: each with its place in the order in which JSON walks through the value. */
function textOf(value: unknown): [text: string, lost: string[]] {
  const lost: string[] = [];
  let place = 0;
  const text = JSON.stringify(value, (_, inner: unknown) => {
    place += 1;
    const beyond = beyondJson(inner);
    if (beyond !== null) {
      lost.push(`${place} ${beyond}`);
    }
    return inner;
  });
  return [text ?? '', lost];
}

/** What JSON does not write of a value; null where it writes all. */
function beyondJson(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
    case 'symbol':
      return String(value);
    case 'number':
      if (Object.is(value, -0)) {
        return '-0';
      }
      return Number.isFinite(value) ? null : String(value);
    case 'object':
      return value === null ? null : beyondObject(value);
    default:
      return null;
  }
}

function beyondObject(value: object): string | null {
  if (value instanceof Map || value instanceof Set || value instanceof URLSearchParams || value instanceof Headers || value instanceof FormData) {
    return `${kindOf(value)} ${JSON.stringify(textOf([...value]))}`;
  }
  if (value instanceof ArrayBuffer) {
    return `bytes ${Buffer.from(value).toString('base64')}`;
  }
  if (value instanceof RegExp) {
    return `pattern ${String(value)} ${value.lastIndex}`;
  }
  return value instanceof Error ? `error ${JSON.stringify([value.name, value.message])}` : null;
}

function kindOf(value: object): string {
  return value instanceof Map ? 'map' : value instanceof Set ? 'set' : 'fields';
}
