/**
 * `fetch` as handlers see it: the platform's, which is loaded at the first call and is given the platform's own
 * `Request` where a handler passes one of ours. Before it stands what keeps responses, for the calls that it concerns.
 */
import { native } from './native.ts';
import { isLightRequest, toNativeRequest } from './request.ts';
import { LightResponse } from './response.ts';

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
async function lightFetch(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
  const kept = keeper === null ? null : keeper(input, init, originFetch);
  return kept === null ? (Reflect.apply(originFetch, undefined, arguments) as Promise<Response>) : kept;
}

async function originFetch(input: RequestInfo | URL, init: RequestInit | undefined): Promise<Response> {
  const { fetch } = native();
  if (typeof input === 'object' && input !== null && isLightRequest(input)) {
    return handedOut(await fetch(toNativeRequest(input, init), init), input, init);
  }
  // As many arguments as were given: a missing one is the platform's error to word.
  return handedOut(await (Reflect.apply(fetch, undefined, arguments) as Promise<Response>), input, init);
}

/** The platform's responses, for as long as the copies of them live: it cancels the body of one that nobody holds any more. */
const originals = new WeakMap<object, Response>();

/**
 * What Next.js hands out for a response of the platform: for GET and HEAD, unless a signal is given or the request
 * outlives its page, a copy. So its fields can be changed (handlers that pass a response on do), and its type says nothing.
 */
function handedOut(response: Response, input: RequestInfo | URL, init: RequestInit | undefined): Response {
  // A status above 599 can be received, but not constructed.
  if (response.body === null || response.status > 599 || init?.signal || !isCopied(input, init)) {
    return response;
  }
  const { body, headers, status, statusText, url } = response;
  const copy = new LightResponse(body, { headers, status, statusText }) as unknown as Response;
  Object.defineProperty(copy, 'url', { value: url, configurable: true, enumerable: true, writable: false });
  originals.set(copy, response);
  return copy;
}

function isCopied(input: RequestInfo | URL, init: RequestInit | undefined): boolean {
  const given = typeof input === 'object' && 'method' in input ? input : init;
  const method = given?.method?.toUpperCase() ?? 'GET';
  return (method === 'GET' || method === 'HEAD') && given?.keepalive !== true;
}

Object.defineProperty(lightFetch, 'name', { value: 'fetch', configurable: true });
// By these, packages tell whether `fetch` keeps responses, and go past it.
Object.assign(lightFetch, { __nextPatched: true, _nextOriginalFetch: originFetch });

export { lightFetch };
