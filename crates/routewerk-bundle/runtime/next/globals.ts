/**
 * The globals that Next.js's server leaves for user code and packages, beside the web classes.
 *
 * Packages look for them to learn where they run: `@whatwg-node/fetch`, below GraphQL Yoga, takes the platform's
 * `Request` and `Response` where a global is called `__NEXT…`, and brings its own where none is. Called before any user
 * code runs, because they look when they are loaded.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** `httpAgentOptions` of next.config. */
export interface HttpAgentOptions {
  readonly keepAlive?: unknown;
}

/** Defines the globals of this process. */
export function installNextGlobals(options: HttpAgentOptions | null | undefined): void {
  define('AsyncLocalStorage', AsyncLocalStorage);
  define('__NEXT_HTTP_AGENT_OPTIONS', { keepAlive: options?.keepAlive !== false });
}

/** Enumerable as in Next.js: those who look for them go through `Object.keys(globalThis)`. */
function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
}
