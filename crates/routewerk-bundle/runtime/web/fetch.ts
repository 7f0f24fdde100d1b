/**
 * `fetch` as handlers see it: the platform's, which is loaded at the first call and is given the platform's own
 * `Request` where a handler passes one of ours. Before it stands what keeps responses, for the calls that it concerns.
 */
import { native } from './native.ts';
import { isLightRequest, toNativeRequest } from './request.ts';

/** Answers the calls that it is concerned with, and none of the others (null). */
export type FetchKeeper = (
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  origin: typeof originFetch,
) => Promise<Response> | null;

let keeper: FetchKeeper | null = null;

/** Names what keeps responses. */
export function setFetchKeeper(given: FetchKeeper): void {
  keeper = given;
}

/** The global `fetch`. Never throws synchronously, as the standard demands. */
async function lightFetch(input: RequestInfo | URL, init: RequestInit | undefined = undefined): Promise<Response> {
  const kept = keeper === null ? null : keeper(input, init, originFetch);
  return kept === null ? (Reflect.apply(originFetch, undefined, arguments) as Promise<Response>) : kept;
}

async function originFetch(input: RequestInfo | URL, init: RequestInit | undefined = undefined): Promise<Response> {
  const { fetch } = native();
  if (typeof input === 'object' && input !== null && isLightRequest(input)) {
    return fetch(toNativeRequest(input, init), init);
  }
  // As many arguments as were given: a missing one is the platform's error to word.
  return Reflect.apply(fetch, undefined, arguments);
}
Object.defineProperty(lightFetch, 'name', { value: 'fetch', configurable: true });

export { lightFetch };
