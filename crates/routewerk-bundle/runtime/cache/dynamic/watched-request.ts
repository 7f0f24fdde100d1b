/**
 * The request that a handler sees during a generation: reading what only a client's request has ends the generation, or
 * is an error under `dynamic = 'error'`. Method, path and params can be read.
 */
import type { Call } from '../../channel/types.ts';
import { trustedNextUrl } from '../../next/next-url.ts';
import type { NextURL } from '../../next/next-url.ts';
import { NextRequest } from '../../next/request.ts';
import { INSPECT } from '../../web/class-shape.ts';
import type { Inspect, InspectOptions } from '../../web/class-shape.ts';
import { FROM_CALL } from '../../web/request.ts';
import { forbidInCached } from '../context.ts';
import { interruption, staticBailout } from './dynamic.ts';
import { OF_REQUEST, OF_URL } from './request-data.ts';
import type { CacheWork } from '../work.ts';

export class WatchedRequest extends NextRequest {
  #call: Call;
  #work: CacheWork;
  #nextUrl: NextURL | null = null;

  constructor(call: Call, work: CacheWork) {
    super(FROM_CALL, call);
    this.#call = call;
    this.#work = work;
  }

  static {
    for (const name of OF_REQUEST) {
      const get = function (this: WatchedRequest): never {
        return refuse(this.#work, `request.${name}`);
      };
      Object.defineProperty(WatchedRequest.prototype, name, { get, enumerable: true, configurable: true });
    }
  }

  override get nextUrl(): NextURL {
    this.#nextUrl ??= watchUrl(trustedNextUrl(this.#call.url), this.#work);
    return this.#nextUrl;
  }

  override clone(): Request {
    return new WatchedRequest(this.#call, this.#work) as unknown as Request;
  }

  /** Showing a request on the console reads nothing of it. */
  override [INSPECT](depth: number, options: InspectOptions, inspect: Inspect): unknown {
    return new NextRequest(FROM_CALL, this.#call)[INSPECT](depth, options, inspect);
  }
}

function watchUrl(url: NextURL, work: CacheWork): NextURL {
  return new Proxy(url, {
    get(target, name): unknown {
      if (OF_URL.has(name)) {
        refuse(work, `nextUrl.${String(name)}`);
      }
      if (name === 'clone') {
        return (): NextURL => watchUrl(target.clone(), work);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value: unknown) => Reflect.set(target, name, value, target),
  });
}

function refuse(work: CacheWork, expression: string): never {
  forbidInCached(expression);
  if (work.route.dynamic === 'error') {
    throw staticBailout(work.pathname, expression, '');
  }
  throw interruption(work, expression);
}
