/**
 * Two events that edge code finds as globals and may make itself. The runtime dispatches neither: handlers get their request
 * as an argument, and what nobody has caught is logged.
 */

/** The event that a service worker answers. */
export class FetchEvent extends Event {
  readonly request: Request;
  readonly awaiting = new Set<Promise<unknown>>();
  response: Response | Promise<Response> | null = null;

  constructor(request: Request) {
    super('fetch');
    this.request = request;
  }

  respondWith(response: Response | Promise<Response>): void {
    this.response = response;
  }

  waitUntil(promise: Promise<unknown>): void {
    this.awaiting.add(promise);
    const done = (): void => void this.awaiting.delete(promise);
    promise.then(done, done);
  }
}

/** What a `PromiseRejectionEvent` is made with. */
export interface PromiseRejectionInit extends EventInit {
  readonly promise: Promise<unknown>;
  readonly reason?: unknown;
}

/** The event of a rejection that nobody has handled. */
export class PromiseRejectionEvent extends Event {
  readonly promise: Promise<unknown>;
  readonly reason: unknown;

  constructor(type: string, init: PromiseRejectionInit) {
    super(type, { cancelable: true });
    this.promise = init.promise;
    this.reason = init.reason;
  }
}
