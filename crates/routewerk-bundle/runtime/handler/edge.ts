/**
 * How calls of routes with `runtime = 'edge'` differ from others: the params stand in the query that the handler sees, and a
 * failure is answered with Next.js's text. What their code finds as globals is in `edge/globals.ts`.
 */
import type { Call, CallBody } from '../channel/types.ts';
import { METHODS } from '../web/request.ts';
import { readParams } from './params.ts';
import type { RouteInfo } from './ports.ts';

/** The body of a failed call; a HEAD has none. */
export const FAILURE_TEXT = 'Internal Server Error';

/** The fields of a failed call. */
export const FAILURE_FIELDS =
  'cache-control\nprivate, no-cache, no-store, max-age=0, must-revalidate\ncontent-type\ntext/plain\netag\n"66fci67lppl"\n';

const HEAD = METHODS.indexOf('HEAD');

/** The body of a failed call of an edge route. */
export function failureBody(call: Call): string | null {
  return call.method === HEAD ? null : FAILURE_TEXT;
}

/** A call whose URL is another one. */
class MovedCall implements Call {
  readonly url: string;
  #call: Call;

  constructor(call: Call, url: string) {
    this.#call = call;
    this.url = url;
  }

  get route(): number {
    return this.#call.route;
  }

  get method(): number {
    return this.#call.method;
  }

  get generation(): number {
    return this.#call.generation;
  }

  get sequence(): number {
    return this.#call.sequence;
  }

  get params(): string {
    return this.#call.params;
  }

  get headers(): string {
    return this.#call.headers;
  }

  get body(): CallBody | null {
    return this.#call.body;
  }

  get isAborted(): boolean {
    return this.#call.isAborted;
  }

  get onAbort(): (() => void) | null {
    return this.#call.onAbort;
  }

  set onAbort(call: (() => void) | null) {
    this.#call.onAbort = call;
  }

  get onSent(): (() => void) | null {
    return this.#call.onSent;
  }

  set onSent(call: (() => void) | null) {
    this.#call.onSent = call;
  }
}

/** The call as an edge handler sees it: its params have taken the place of those of the same name in the query. */
export function edgeCall(route: RouteInfo, call: Call): Call {
  const params = Object.entries(readParams(route.params, call.params));
  if (params.length === 0) {
    return call;
  }
  const url = new URL(call.url);
  const query = new Map<string, string[]>();
  for (const [name, value] of url.searchParams) {
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  params.forEach(([name, value]) => query.set(name, [value].flat()));
  const pairs = [...query].flatMap(([name, values]) => values.map((value) => [name, value]));
  url.search = new URLSearchParams(pairs).toString();
  return new MovedCall(call, url.href);
}
