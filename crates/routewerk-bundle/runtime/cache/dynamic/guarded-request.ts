/**
 * The request of a call inside a cached function: what is read of it there would be kept for everybody, so it is an error.
 *
 * A request becomes such a one when its call runs the first cached function; no other call pays for it. As in Next.js only a
 * route whose `dynamic` is `auto` is watched over.
 */
import type { CallScope } from '../../handler/scope.ts';
import type { NextURL } from '../../next/next-url.ts';
import { NextRequest } from '../../next/request.ts';
import { cachedContext, forbidInCached } from '../context.ts';
import { OF_REQUEST, OF_URL } from './request-data.ts';

class GuardedRequest extends NextRequest {
  static {
    for (const name of OF_REQUEST) {
      const get = function (this: GuardedRequest): unknown {
        forbidInCached(`request.${name}`);
        return Reflect.get(NextRequest.prototype, name, this) as unknown;
      };
      Object.defineProperty(GuardedRequest.prototype, name, { get, enumerable: true, configurable: true });
    }
  }

  override get nextUrl(): NextURL {
    const url = super.nextUrl;
    return cachedContext() === undefined ? url : guardUrl(url);
  }
}

function guardUrl(url: NextURL): NextURL {
  return new Proxy(url, {
    get(target, name): unknown {
      if (OF_URL.has(name)) {
        forbidInCached(`nextUrl.${String(name)}`);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
    set: (target, name, value: unknown) => Reflect.set(target, name, value, target),
  });
}

/** Watches over what the handler of a call reads of its request from now on. */
export function guardRequest(scope: CallScope): void {
  if (scope.dynamic === 'auto' && Object.getPrototypeOf(scope.request) === NextRequest.prototype) {
    Object.setPrototypeOf(scope.request, GuardedRequest.prototype);
  }
}
