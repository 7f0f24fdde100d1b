/**
 * One call of one handler, from its result to its reply.
 *
 * Whatever happens ends in exactly one reply, and nothing is thrown: a handler that fails costs its own call.
 */
import type { CacheWork } from '../cache/work.ts';
import type { Call, Reply } from '../channel/types.ts';
import type { NextRequest } from '../next/request.ts';
import type { BodyValue } from '../web/body.ts';
import { isStreamBody, readBytes, toStream } from '../web/body.ts';
import { lastFlags } from '../web/header-text.ts';
import { textOfInit } from '../web/headers.ts';
import {
  bodyToSend,
  isLightResponse,
  LightResponse,
  responseFlags,
  responseReason,
  responseStatus,
  responseText,
} from '../web/response.ts';
import { FAILURE_FIELDS, failureBody } from './edge.ts';
import { logFailure } from './host.ts';
import { interruptedReply, isRedirect } from './interruption.ts';
import { fieldsToSend } from './reply-fields.ts';
import type { RouteInfo } from './ports.ts';
import { wrongResult } from './result.ts';
import type { CallScope } from './scope.ts';
import { StreamReply } from './stream-reply.ts';

/** A blob up to this size is read before it is sent, so that its length is known. */
const SMALL_BLOB_BYTES = 256 * 1024;

const HEAD = 1;

/** What an invocation must know of its route. */
export interface InvokedRoute {
  readonly info: RouteInfo;
  readonly isEdge: boolean;
}

export class Invocation {
  #route: InvokedRoute;
  #call: Call;
  #reply: Reply;
  #request: NextRequest;
  #scope: CallScope | null;

  constructor(route: InvokedRoute, call: Call, reply: Reply, request: NextRequest, scope: CallScope | null) {
    this.#route = route;
    this.#call = call;
    this.#reply = reply;
    this.#request = request;
    this.#scope = scope;
  }

  /** The handler has returned: a response, a promise of one, or something wrong. */
  settle(result: unknown): void {
    if (result instanceof LightResponse || !isThenable(result)) {
      this.#finish(result);
      return;
    }
    result.then(
      (value) => this.#finish(value),
      (thrown: unknown) => this.fail(thrown),
    );
  }

  /** The handler has thrown, or its response cannot be sent. */
  fail(thrown: unknown): void {
    try {
      if (this.#mustTell() && isRedirect(thrown)) {
        this.#tell(() => this.fail(thrown));
        return;
      }
      const { status, fields } = interruptedReply(thrown, this.#request, this.#scope?.cookies ?? null);
      this.#whole(status, '', fields, null);
    } catch (failure) {
      logFailure(failure);
      if (this.#route.isEdge) {
        this.#whole(500, '', FAILURE_FIELDS, failureBody(this.#call));
      } else {
        this.#whole(500, '', '', null);
      }
    }
  }

  #finish(value: unknown): void {
    try {
      if (!(value instanceof LightResponse)) {
        throw new Error(wrongResult(this.#route.info, this.#request, value));
      }
      if (this.#mustTell()) {
        this.#tell(() => this.#finish(value));
        return;
      }
      if (isLightResponse(value)) {
        const text = responseText(value);
        const fields = fieldsToSend(text, responseFlags, this.#scope?.cookies ?? null);
        this.#send(responseStatus(value), responseReason(value), fields, bodyToSend(value));
      } else {
        this.#finishNative(value as Response);
      }
    } catch (failure) {
      this.fail(failure);
    }
  }

  /** A response of the platform's own class: the result of a `fetch()`. */
  #finishNative(value: Response): void {
    const text = textOfInit(value.headers);
    const fields = fieldsToSend(text, lastFlags, this.#scope?.cookies ?? null);
    this.#send(value.status, value.statusText, fields, value.body);
  }

  /** Whether the handler has invalidated something that the front does not know of yet. */
  #mustTell(): boolean {
    const work = this.#scope?.work;
    return work !== null && work !== undefined && work.hasInvalidations;
  }

  /** The reply waits until the front has made the invalidations: whoever has seen it sees them. */
  #tell(then: () => void): void {
    void (this.#scope?.work as CacheWork).flush().then(then);
  }

  /** `body` is undefined when the handler has read it himself. */
  #send(status: number, reason: string, fields: string, body: BodyValue | undefined): void {
    if (status < 200) {
      throw Object.assign(new RangeError(`Invalid status code: ${status}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' });
    }
    if (typeof body === 'string' || body === null) {
      this.#whole(status, reason, fields, this.#call.method === HEAD ? null : body);
    } else if (this.#call.method === HEAD) {
      this.#whole(status, reason, fields, null);
      discard(body);
    } else if (body === undefined || (isStreamBody(body) && body.locked)) {
      this.#refuseReadBody(fields);
    } else if (ArrayBuffer.isView(body)) {
      this.#whole(status, reason, fields, body);
    } else if (body instanceof Blob && body.size <= SMALL_BLOB_BYTES) {
      (readBytes(body) as Promise<Uint8Array>).then(
        (bytes) => this.#whole(status, reason, fields, bytes),
        (failure: unknown) => this.fail(failure),
      );
    } else {
      this.#stream(status, reason, fields, toStream(body) as ReadableStream);
    }
  }

  #whole(status: number, reason: string, fields: string, body: string | Uint8Array | null): void {
    const scope = this.#scope;
    if (scope === null) {
      this.#reply.whole(status, reason, fields, body, false);
    } else if (scope.hasAfterWork && !this.#call.isAborted) {
      this.#call.onSent = (): void => scope.close();
      this.#reply.whole(status, reason, fields, body, true);
    } else {
      this.#reply.whole(status, reason, fields, body, false);
      scope.close();
    }
  }

  #stream(status: number, reason: string, fields: string, stream: ReadableStream): void {
    const scope = this.#scope;
    if (scope !== null) {
      this.#call.onSent = (): void => scope.close();
    }
    this.#reply.head(status, reason, fields, scope !== null);
    new StreamReply(this.#call, this.#reply, stream, scope === null ? null : (): void => scope.close());
  }

  /** A response whose body was read already: its fields are sent with status 500 and no body, as in Next.js. */
  #refuseReadBody(fields: string): void {
    const cause = new TypeError('Invalid state: The ReadableStream is locked');
    logFailure(new Error('failed to pipe response', { cause: Object.assign(cause, { code: 'ERR_INVALID_STATE' }) }));
    this.#whole(500, '', fields, null);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** A HEAD sends no body; a stream that nobody will read is told so. */
function discard(body: BodyValue | undefined): void {
  if (isStreamBody(body ?? null) && !(body as ReadableStream).locked) {
    void (body as ReadableStream).cancel().catch(() => undefined);
  }
}
