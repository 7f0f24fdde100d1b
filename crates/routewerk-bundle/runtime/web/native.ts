/**
 * The platform's own `Request`, `Response`, `Headers` and `fetch`, fetched on first need: in Node.js they load all of
 * undici, which takes some 20 ms, and most handlers never touch what only they can do.
 *
 * The lazy accessors on `globalThis` write themselves over whatever stands there when they run (Node.js
 * `internal/util` `defineLazyProperties`), so what stands there is put back afterwards.
 */

/** The platform's classes, as this runtime uses them. */
export interface NativeClasses {
  readonly Request: typeof Request;
  readonly Response: typeof Response;
  readonly Headers: typeof Headers;
  readonly fetch: typeof fetch;
}

const NAMES = ['Request', 'Response', 'Headers', 'fetch'] as const;

const descriptors = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
const links: Array<(classes: NativeClasses) => void> = [];
let classes: NativeClasses | null = null;

/** The platform's classes; loads them when this is the first need. */
export function native(): NativeClasses {
  classes ??= load();
  return classes;
}

/** Whether the platform's classes were there before this runtime looked (a preloaded module used them, or not Node.js). */
function isLoadedAlready(): boolean {
  return descriptors.get('Response')?.get === undefined;
}

/**
 * Runs `link` as soon as the platform's classes are loaded, at once if they are: each of our classes puts itself
 * between the platform's prototype and `Object.prototype` there, so that a `fetch()` result is an instance of ours
 * and sees what a user adds to our prototype, while it keeps every method of its own.
 */
export function whenNativeLoaded(link: (classes: NativeClasses) => void): void {
  links.push(link);
  if (classes !== null) {
    link(classes);
  } else if (isLoadedAlready()) {
    native();
  }
}

function load(): NativeClasses {
  const found: Record<string, unknown> = {};
  for (const name of NAMES) {
    const descriptor = descriptors.get(name);
    const present = Object.getOwnPropertyDescriptor(globalThis, name);
    found[name] = descriptor?.get === undefined ? descriptor?.value : descriptor.get.call(globalThis);
    if (present !== undefined) {
      Object.defineProperty(globalThis, name, present);
    }
  }
  const loaded = found as unknown as NativeClasses;
  for (const link of links) {
    link(loaded);
  }
  return loaded;
}
