/**
 * A reply whose body is a stream: chunks go out as the stream gives them and as credit allows.
 *
 * The head leaves with the first chunk. A failure of the stream destroys the client's connection, also before the
 * first chunk: a body is never cut short in a way that looks complete. When the client goes away the stream is
 * cancelled with the reason with which `request.signal` aborts.
 */
import { inspect } from 'node:util';

import type { Call, Reply } from '../channel/types.ts';
import { encodeUtf8 } from '../web/body.ts';
import { ResponseAborted } from '../web/request.ts';
import { logFailure } from './host.ts';

/** Pumps one stream into one reply. */
export class StreamReply {
  #reply: Reply;
  #reader: ReadableStreamDefaultReader<unknown>;
  #onBroken: (() => void) | null;
  #isOver = false;

  /** `onBroken` is called once if the body does not come to its end: it has failed, or the client is gone. */
  constructor(call: Call, reply: Reply, stream: ReadableStream, onBroken: (() => void) | null) {
    this.#reply = reply;
    this.#reader = stream.getReader();
    this.#onBroken = onBroken;
    const earlier = call.onAbort;
    call.onAbort = (): void => {
      // `request.signal` first, as in Next.js.
      earlier?.();
      this.#abort();
    };
    if (call.isAborted) {
      this.#abort();
      return;
    }
    reply.onCredit = this.#read;
    this.#read();
  }

  readonly #read = (): void => {
    if (!this.#isOver) {
      this.#reader.read().then(this.#take, this.#fail);
    }
  };

  readonly #take = (result: ReadableStreamReadResult<unknown>): void => {
    if (this.#isOver) {
      return;
    }
    if (result.done) {
      this.#isOver = true;
      this.#reply.end();
      return;
    }
    const chunk = result.value;
    const bytes = typeof chunk === 'string' ? encodeUtf8(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) {
      const failure = wrongChunk(chunk);
      void this.#reader.cancel(failure).catch(ignore);
      this.#fail(failure);
      return;
    }
    if (this.#reply.piece(bytes)) {
      this.#read();
    }
  };

  readonly #fail = (reason: unknown): void => {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    if (!isAbort(reason)) {
      logFailure(new Error('failed to pipe response', { cause: reason }));
    }
    this.#reply.fail(reason instanceof Error ? reason.message : String(reason));
    this.#onBroken?.();
  };

  #abort(): void {
    if (this.#isOver) {
      return;
    }
    this.#isOver = true;
    void this.#reader.cancel(new ResponseAborted()).catch(ignore);
    this.#onBroken?.();
  }
}

/** What a stream's `cancel` throws has nobody to hear it, as in `pipeTo`. */
function ignore(): void {}

/** An error by which the stream says that it was stopped on purpose. */
function isAbort(reason: unknown): boolean {
  const name = typeof reason === 'object' && reason !== null ? (reason as { name?: unknown }).name : undefined;
  return name === 'AbortError' || name === 'ResponseAborted';
}

/** The error of Node.js's `write` for what is neither text nor bytes. */
function wrongChunk(chunk: unknown): Error {
  let received = `type ${typeof chunk} (${inspect(chunk)})`;
  if (chunk === null || chunk === undefined) {
    received = String(chunk);
  } else if (typeof chunk === 'object') {
    received = `an instance of ${chunk.constructor?.name ?? 'Object'}`;
  }
  const cause = Object.assign(
    new TypeError(
      `The "chunk" argument must be of type string or an instance of Buffer or Uint8Array. Received ${received}`,
    ),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
  return new Error('failed to write chunk to response', { cause });
}
