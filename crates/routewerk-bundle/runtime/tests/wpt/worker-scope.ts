/**
 * What a test file finds around it in a browser's worker and Node.js does not have: `self`, `location`, events for errors
 * that nobody caught, `importScripts`, and files of the copy where it fetches a path.
 *
 * The classes under test are not touched: a path is answered with the `Response` that stands there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';

/** The origin that relative URLs have in a test; nothing listens there. */
const ORIGIN = 'http://web-platform.test';

/** Where undici, below Node.js's `fetch`, keeps what relative URLs are resolved against (`setGlobalOrigin`). */
const UNDICI_ORIGIN = Symbol.for('undici.globalOrigin.1');

/** Where the test server answers with another file than the path says. */
const ALIASES = new Map([['/resources/WebIDLParser.js', '/resources/webidl2/lib/webidl2.js']]);

/** Puts the scope of the test `run` (`folder/file.any.js?variant`) of the copy at `root` in place. */
export function installWorkerScope(root: string, run: string): void {
  const location = new URL(`/${run}`, ORIGIN);
  define('self', globalThis);
  const { href, origin, protocol, host, hostname, port, pathname, search, hash } = location;
  define('location', { href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href });
  define('GLOBAL', { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false });
  Object.defineProperty(globalThis, UNDICI_ORIGIN, { value: location, writable: true, configurable: true });
  define('importScripts', (...urls: string[]): void => {
    for (const url of urls.filter((each) => !each.endsWith('/testharness.js'))) {
      runScript(root, url, location);
    }
  });
  installEvents();
  fetchFilesOf(root, location);
}

/** Runs a script of the copy as a classic script of this realm. */
export function runScript(root: string, url: string, base: URL | string): void {
  const { pathname } = new URL(url, base);
  runInThisContext(readFileSync(fileOf(root, pathname), 'utf8'), { filename: pathname });
}

function fileOf(root: string, pathname: string): string {
  return join(root, decodeURI(ALIASES.get(pathname) ?? pathname));
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/** The scope is an event target, and hears of errors that nobody caught. */
function installEvents(): void {
  const target = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) {
    define(name, target[name].bind(target));
  }
  const tell = (type: string, detail: object): void => {
    target.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), detail));
  };
  process.on('uncaughtException', (error) => {
    // For the reader of a report that says `crash`: without a harness nobody listens.
    console.error(error);
    tell('error', { error, message: String(error) });
  });
  process.on('unhandledRejection', (reason, promise) => tell('unhandledrejection', { reason, promise }));
  process.on('rejectionHandled', (promise) => tell('rejectionhandled', { promise }));
}

/** A path is read from the copy; everything else goes to the `fetch` under test. */
function fetchFilesOf(root: string, base: URL): void {
  const { fetch } = globalThis;
  const fetchOrRead = async (...args: Parameters<typeof fetch>): Promise<Response> => {
    const [input] = args;
    if (typeof input !== 'string' || URL.canParse(input)) {
      return fetch(...args);
    }
    try {
      return new Response(readFileSync(fileOf(root, new URL(input, base).pathname)));
    } catch (error) {
      throw new TypeError('fetch failed', { cause: error });
    }
  };
  Object.defineProperty(globalThis, 'fetch', { value: fetchOrRead, writable: true, configurable: true, enumerable: true });
}
