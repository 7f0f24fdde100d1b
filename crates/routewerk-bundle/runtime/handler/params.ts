/**
 * `context.params` of a call: the raw texts of the path's dynamic segments, decoded.
 *
 * They come from the matched path alone; a query cannot add or change one. The front has checked that every escape
 * decodes, so decoding does not throw.
 */
import type { RouteParam } from './ports.ts';

/** What a handler gets as `await context.params`. */
export type Params = Record<string, string | string[]>;

/** The second argument of a handler. `params` is undefined where the pattern has no dynamic segment. */
export interface HandlerContext {
  params: Promise<Params> | undefined;
}

/** Decodes the texts of a call's params (joined by LF, in the pattern's order). */
export function readParams(params: readonly RouteParam[], text: string): Params {
  const found: Params = {};
  let at = 0;
  for (const param of params) {
    let end = text.indexOf('\n', at);
    if (end === -1) {
      end = text.length;
    }
    const raw = text.slice(at, end);
    at = end + 1;
    if (param.kind === 'single') {
      setParam(found, param.name, decode(raw));
    } else if (raw !== '') {
      // An optional catch-all that matched nothing has no key at all.
      setParam(found, param.name, raw.split('/').map(decode));
    }
  }
  return found;
}

/** `__proto__` is a legal folder name; it becomes a key like any other. */
function setParam(params: Params, name: string, value: string | string[]): void {
  if (name === '__proto__') {
    Object.defineProperty(params, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    params[name] = value;
  }
}

function decode(raw: string): string {
  return raw.includes('%') ? decodeURIComponent(raw) : raw;
}

/** Names that a promise has, or that code asks of any object: reading them is no mistake. */
const EXPECTED = new Set([
  ...['then', 'catch', 'finally', 'status', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toString'],
  ...['valueOf', 'toLocaleString', 'toJSON', 'displayName', '$$typeof', '__esModule'],
]);

/**
 * The promise that development hands out: a param read from it without `await` is undefined, as in production, and is
 * complained about.
 */
export function watchedParams(params: Params, warn: (expression: string) => void): Promise<Params> {
  return new Proxy(Promise.resolve(params), {
    get(promise, key): unknown {
      if (typeof key === 'string' && !EXPECTED.has(key) && Object.hasOwn(params, key)) {
        warn(memberText(key));
      }
      const value: unknown = Reflect.get(promise, key, promise);
      return typeof value === 'function' ? (value.bind(promise) as unknown) : value;
    },
    ownKeys(promise): Array<string | symbol> {
      warn('`...params` or similar expression');
      return Reflect.ownKeys(promise);
    },
  });
}

/** `params.id`, or `params["not-a-name"]`, between backticks. */
function memberText(key: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? `\`params.${key}\`` : `\`params[${JSON.stringify(key)}]\``;
}
