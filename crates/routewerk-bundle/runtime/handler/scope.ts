/**
 * The scope of a call: what `cookies()`, `headers()`, `after()` and their like find through `AsyncLocalStorage`.
 *
 * Entering it slows every later `await` of the process on Node.js before 24, so it is entered only for routes whose
 * module graph may need it (the manifest's `scope`), and always where it costs nothing.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import { forbidInCached } from '../cache/context.ts';
import { CacheWork } from '../cache/work.ts';
import type { CacheRoute, DynamicMode } from '../cache/work.ts';
import type { Call } from '../channel/types.ts';
import type { CallCookies, CookieScope } from '../next/call-cookies.ts';
import type { NextRequest } from '../next/request.ts';
import { AfterTasks } from './after.ts';

/** One call, as the request APIs see it. */
export class CallScope implements CookieScope {
  /** The route's pattern, for messages. */
  readonly route: string;
  readonly dynamic: DynamicMode;
  /** What caching knows of the call; null as long as nothing of it was asked for. */
  work: CacheWork | null;
  /** The client's request, also where the handler was given a stripped one. */
  readonly request: NextRequest;
  /** `after` from the moment the reply was sent: cookies can no longer be set. */
  phase: 'action' | 'after' = 'action';
  /** What the request APIs have made for this call. */
  cookies: CallCookies | null = null;
  cookiesPromise: Promise<unknown> | null = null;
  headersPromise: Promise<unknown> | null = null;
  isDraft: boolean | null = null;
  #call: Call;
  #cacheRoute: CacheRoute;
  #after: AfterTasks | null = null;

  constructor(route: CacheRoute, call: Call, request: NextRequest, work: CacheWork | null) {
    this.route = route.info.pattern;
    this.dynamic = route.dynamic;
    this.request = request;
    this.work = work;
    this.#call = call;
    this.#cacheRoute = route;
  }

  /** What caching knows of the call, from now on. */
  cacheWork(): CacheWork {
    this.work ??= new CacheWork(this.#cacheRoute, this.#call);
    return this.work;
  }

  /** The `fetchCache` export of the route. */
  get fetchCache(): unknown {
    return this.#cacheRoute.fetchCache;
  }

  /** The value of the client's `cookie` field. */
  cookieText(): string | null {
    return this.request.headers.get('cookie');
  }

  /** Whether cookies can still be set. */
  isOpen(): boolean {
    return this.phase === 'action';
  }

  /** The after-work of the call, made when there is any. */
  get after(): AfterTasks {
    if (this.#after === null) {
      this.#after = new AfterTasks(() => this.work?.flush() ?? Promise.resolve());
      this.#closeOnAbort();
    }
    return this.#after;
  }

  /** Whether callbacks wait for the reply. */
  get hasAfterWork(): boolean {
    return this.#after !== null && this.#after.hasCallbacks;
  }

  /** The reply has been sent, or never will be. */
  close(): void {
    this.phase = 'after';
    this.#after?.close();
  }

  /** Without this, a client that leaves would keep the work from being done until the handler ends. */
  #closeOnAbort(): void {
    if (this.phase === 'after' || this.#call.isAborted) {
      this.close();
      return;
    }
    const earlier = this.#call.onAbort;
    this.#call.onAbort = (): void => {
      earlier?.();
      this.close();
    };
  }
}

const storage = new AsyncLocalStorage<CallScope>();

/** Whether entering a scope costs nothing here (`AsyncContextFrame`, Node.js 24). */
export const areScopesFree: boolean = Number(process.versions.node.split('.', 1)[0]) >= 24;

/** Runs a handler in a scope. */
export function runInScope<A, B, R>(scope: CallScope, run: (a: A, b: B) => R, a: A, b: B): R {
  return storage.run(scope, run, a, b);
}

/** Runs something that is no part of the call: what it does says nothing about the handler. */
export function outsideScope<R>(run: () => R): R {
  return storage.run(undefined as never, run);
}

/** The scope that the running code belongs to. */
export function currentScope(): CallScope | undefined {
  return storage.getStore();
}

/** The scope, or Next.js's error for a request API that was called outside a request. */
export function requireScope(api: string): CallScope {
  const scope = storage.getStore();
  if (scope === undefined) {
    forbidInCached(`${api}()`);
    throw new Error(
      `\`${api}\` was called outside a request scope. Read more: https://nextjs.org/docs/messages/next-dynamic-api-wrong-context`,
    );
  }
  return scope;
}
