/**
 * The `dispatcher` of a `fetch` as a part of its key: which proxy, socket or client certificate a request goes through decides who
 * answers it, so what came through one is not handed out for another one. (Next.js does not tell them apart.)
 *
 * What a dispatcher does cannot be read from it, so each has a name, for as long as the process lives. The exception is undici's
 * `Agent` with nothing but plain options, which is told by them: handlers make a new one for each call, for a time limit say.
 */
import type { KeyHash } from '../key.ts';

/** Options are nested this deep at most; what lies deeper is told by its name. */
const MAX_DEPTH = 6;

const names = new WeakMap<object, string>();
let named = 0;
/** Names of this process are in no key of another one. */
const PROCESS = `${process.pid} ${performance.timeOrigin} ${process.hrtime.bigint()}`;

/** Adds a dispatcher to a key. */
export function addDispatcher(key: KeyHash, dispatcher: unknown): void {
  const options = agentOptions(dispatcher);
  if (options === null) {
    addOption(key, dispatcher, MAX_DEPTH);
    return;
  }
  key.add('agent');
  for (const option of options) {
    addOption(key, option, 0);
  }
}

/** The dispatcher that a request of the platform was made with. */
export function dispatcherOf(request: Request): unknown {
  return ownValue(request, 'dispatcher');
}

/** What an `Agent` of undici was made with, and what makes its pools; null for anything else, one with interceptors included. */
function agentOptions(dispatcher: unknown): readonly unknown[] | null {
  if (typeof dispatcher !== 'object' || dispatcher === null) {
    return null;
  }
  const { constructor: maker, dispatch } = dispatcher as { readonly constructor: unknown; readonly dispatch: unknown };
  if (typeof maker !== 'function' || maker.name !== 'Agent' || dispatch === undefined) {
    return null;
  }
  const own = (maker.prototype as { readonly dispatch?: unknown }).dispatch;
  const [options, factory] = [ownValue(dispatcher, 'options'), ownValue(dispatcher, 'factory')];
  return own === dispatch && isPlain(options) && typeof factory === 'function' ? [options, factory] : null;
}

/** The value of an own property whose name is a symbol with this text. */
function ownValue(owner: object, text: string): unknown {
  const name = Object.getOwnPropertySymbols(owner).find((symbol) => symbol.description === text);
  return name === undefined ? undefined : (owner as Record<symbol, unknown>)[name];
}

function addOption(key: KeyHash, value: unknown, depth: number): void {
  if (value === undefined || value === null) {
    key.add(null);
  } else if (typeof value !== 'object' && typeof value !== 'function') {
    key.add(typeof value).add(String(value));
  } else if (value instanceof Uint8Array && depth < MAX_DEPTH) {
    key.add('bytes').add(value);
  } else if (Array.isArray(value) && depth < MAX_DEPTH) {
    key.add('list').add(String(value.length));
    value.forEach((one) => addOption(key, one, depth + 1));
  } else if (isPlain(value) && depth < MAX_DEPTH) {
    const entries = Object.entries(value);
    key.add('object').add(String(entries.length));
    for (const [name, one] of entries) {
      addOption(key.add(name), one, depth + 1);
    }
  } else {
    key.add('name').add(PROCESS).add(nameOf(value));
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Object.getOwnPropertySymbols(value).length !== 0) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: object): string {
  let name = names.get(value);
  if (name === undefined) {
    named += 1;
    name = String(named);
    names.set(value, name);
  }
  return name;
}
