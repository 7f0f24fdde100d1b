/**
 * `fetch` as handlers see it: the platform's, which is loaded at the first call and is given the platform's own
 * `Request` where a handler passes one of ours.
 */
import { native } from './native.ts';
import { isLightRequest, toNativeRequest } from './request.ts';

/** The global `fetch`. Never throws synchronously, as the standard demands. */
async function lightFetch(input: RequestInfo | URL, init: RequestInit | undefined = undefined): Promise<Response> {
  const { fetch } = native();
  if (typeof input === 'object' && input !== null && isLightRequest(input)) {
    return fetch(toNativeRequest(input, init), init);
  }
  // As many arguments as were given: a missing one is the platform's error to word.
  return Reflect.apply(fetch, undefined, arguments);
}
Object.defineProperty(lightFetch, 'name', { value: 'fetch', configurable: true });

export { lightFetch };
