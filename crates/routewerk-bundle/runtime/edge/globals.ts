/**
 * What code of routes with `runtime = 'edge'` finds in place of Node.js's globals: those of Next.js's edge runtime. The bundler
 * leads the names there (`src/edge.rs`, whose list a test holds against this one); docs/design/edge.md says why there is no
 * realm of its own.
 *
 * The edge's `globalThis` stands before the real one: what it has itself wins, everything else is found behind it, and what
 * edge code writes stays on it. Other code of the process notices nothing.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import assert from 'node:assert';
import buffer from 'node:buffer';
import events from 'node:events';
import util from 'node:util';

import { validUrl } from '../next/valid-url.ts';
import { FetchEvent, PromiseRejectionEvent } from './events.ts';

/** What is there for code that looks for it, and refuses to work. */
const UNSUPPORTED = [
  ...['BroadcastChannel', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'DecompressionStream'],
  ...['DomException', 'MessageChannel', 'MessageEvent', 'MessagePort', 'ReadableByteStreamController'],
  ...['ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'TransformStreamDefaultController'],
  ...['WritableStreamDefaultController', 'clearImmediate', 'setImmediate'],
];

/** What newer versions of Node.js have and the edge has not. */
const ABSENT = ['Performance', 'Navigator', 'navigator', 'localStorage', 'sessionStorage', 'Storage', 'window', 'dispatchEvent'];

type Table = Record<string, unknown>;

/** The edge's `globalThis`. */
export function makeEdgeGlobals(): Readonly<Table> {
  const edge = Object.create(globalThis) as Table;
  const hide = (name: string, value: unknown): void =>
    void Object.defineProperty(edge, name, { value, writable: true, configurable: true });
  Object.defineProperty(edge, 'EdgeRuntime', { value: 'edge-runtime' });
  for (const name of ['globalThis', 'self', 'global']) hide(name, edge);
  forwardAccessors(edge);
  for (const name of ABSENT) if (name in globalThis) hide(name, undefined);
  for (const name of UNSUPPORTED) hide(name, refusal(name));
  hide('process', makeProcess());
  hide('require', requireNative);
  hide('AsyncLocalStorage', AsyncLocalStorage);
  hide('FetchEvent', FetchEvent);
  hide('PromiseRejectionEvent', PromiseRejectionEvent);
  // Nothing is dispatched to a global that every call shares.
  hide('addEventListener', function addEventListener(): void {});
  hide('removeEventListener', function removeEventListener(): void {});
  hide('Request', checkedRequest());
  hide('Response', checkedResponse());
  hide('fetch', edgeFetch);
  hide('Function', withoutCodeGeneration());
  hide('eval', disallowCode);
  addTimers(edge, hide);
  return edge;
}

/** Some globals (`crypto`) are accessors that must be called on the real global object. */
function forwardAccessors(edge: Table): void {
  const real = globalThis as unknown as Table;
  for (const [name, { get, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    if (get === undefined) continue;
    Object.defineProperty(edge, name, {
      get: () => real[name],
      set: (value: unknown) => Object.defineProperty(edge, name, { value, writable: true, configurable: true }),
      enumerable: enumerable === true,
      configurable: true,
    });
  }
}

/** A function that throws what Next.js says of an API of Node.js. */
function refusal(name: string): () => never {
  // No arrow function: it may be called with `new`.
  function refused(): never {
    throw new Error(
      `A Node.js API is used (${name}) which is not supported in the Edge Runtime.\nLearn more: https://nextjs.org/docs/api-reference/edge-runtime`,
    );
  }
  Object.defineProperty(refused, 'name', { value: '' });
  return refused;
}

/** `process`: its `env`, and functions that refuse. */
function makeProcess(): Table {
  const made: Table = { env: { ...process.env, NEXT_RUNTIME: 'edge' } };
  const real = process as unknown as Table;
  // `on` is inherited here; in Next.js's server it is a property of its own.
  for (const name of [...Object.keys(process), 'on']) {
    if (name === 'env' || Object.hasOwn(made, name)) continue;
    let own: unknown;
    Object.defineProperty(made, name, {
      get: () => own ?? (typeof real[name] === 'function' ? refusal(`process.${name}`) : undefined),
      set: (value: unknown) => {
        own = value;
      },
    });
  }
  return made;
}

/** The parts of Node.js's modules that are there. */
const NATIVE: Readonly<Table> = {
  'node:assert': assert,
  'node:async_hooks': { AsyncLocalStorage, AsyncResource },
  'node:buffer': buffer,
  'node:events': events,
  'node:util': util,
};

/** `globalThis.require`, by which bundled code of others gets at modules of Node.js. */
function requireNative(id: string): unknown {
  if (!Object.hasOwn(NATIVE, id)) {
    throw TypeError(`Native module not found: ${id}`);
  }
  return NATIVE[id];
}

/** `new Request` of a URL that is not absolute fails in Next.js's words; `next` of the init is kept. */
function checkedRequest(): unknown {
  return new Proxy(globalThis.Request, {
    construct(target, args: [RequestInfo | URL, (RequestInit & { next?: unknown })?], newTarget): object {
      const [input, init] = args;
      if (typeof input === 'string') {
        validUrl(input);
      }
      const made = Reflect.construct(target, args, newTarget) as object;
      Object.defineProperty(made, 'next', { value: init?.next, writable: true, enumerable: true, configurable: true });
      return made;
    },
  });
}

/** `Response.redirect` to a URL that is not absolute fails in Next.js's words. */
function checkedResponse(): unknown {
  const redirect = (...args: Parameters<typeof Response.redirect>): Response => {
    validUrl(args[0]);
    return globalThis.Response.redirect(...args);
  };
  return new Proxy(globalThis.Response, {
    get: (target, name, receiver): unknown => (name === 'redirect' ? redirect : Reflect.get(target, name, receiver)),
  });
}

/** `fetch`, which says what it is unless the caller does. */
function edgeFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const given = init.headers ?? (input instanceof Request ? input.headers : undefined);
  const headers = new Headers(given);
  if (!headers.has('user-agent')) {
    headers.set('user-agent', 'Next.js Middleware');
  }
  return globalThis.fetch(input, { ...init, headers });
}

function disallowCode(): never {
  throw new EvalError('Code generation from strings disallowed for this context');
}

/** `Function` for everything but making functions of text. */
function withoutCodeGeneration(): unknown {
  return new Proxy(Function, { apply: disallowCode, construct: disallowCode });
}

type Callback = (...args: unknown[]) => void;

/** Timers of the web: their handles are numbers, and they call with the global object as `this`. */
function addTimers(edge: Table, hide: (name: string, value: unknown) => void): void {
  hide('setTimeout', (callback: Callback, delay?: number, ...args: unknown[]): number =>
    Number(setTimeout(() => callback.apply(edge, args), delay)),
  );
  hide('setInterval', (callback: Callback, delay?: number, ...args: unknown[]): number =>
    Number(setInterval(() => callback.apply(edge, args), delay)),
  );
  hide('clearTimeout', (handle?: number) => clearTimeout(handle));
  hide('clearInterval', (handle?: number) => clearInterval(handle));
}
