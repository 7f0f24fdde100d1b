/**
 * A request body that is still arriving, on its way from the channel to whoever reads it.
 *
 * Credit is returned only for bytes that the reader has taken, so a handler that does not read stops the client, and a
 * body of any length crosses in constant memory unless the handler asks for the whole of it.
 */
import type { CallBody, CallBodySink } from '../channel/types.ts';
import { joinBytes } from './body.ts';
import type { ByteStream } from './body.ts';

type Controller = ReadableByteStreamController;

/** What `fail` of the channel becomes for the reader: the error of a Node.js request, with what the front said. */
function brokenBody(message: string): Error {
  return Object.assign(new Error('aborted', { cause: new Error(message) }), { code: 'ECONNRESET' });
}

export class IncomingBody {
  #body: CallBody;

  constructor(body: CallBody) {
    this.#body = body;
  }

  /** Reads to the end. */
  collect(): Promise<Uint8Array<ArrayBuffer>> {
    const body = this.#body;
    return new Promise((resolve, reject) => {
      const pieces: Array<Uint8Array<ArrayBuffer>> = [];
      let length = 0;
      body.start({
        chunk(bytes): void {
          pieces.push(bytes as Uint8Array<ArrayBuffer>);
          length += bytes.length;
          body.taken(bytes.length);
        },
        end: () => resolve(joinBytes(pieces, length)),
        fail: (message) => reject(brokenBody(message)),
      });
    });
  }

  /** A stream of the chunks as they arrive. */
  stream(): ByteStream {
    return new ReadableStream(new IncomingSource(this.#body), { highWaterMark: 0 }) as ByteStream;
  }

  /** Nobody will read it. */
  cancel(): void {
    this.#body.cancel();
  }
}

/** The source of a stream over a request body: holds what has arrived until it is pulled. */
class IncomingSource implements UnderlyingByteSource, CallBodySink {
  readonly type = 'bytes';
  #body: CallBody;
  #isStarted = false;
  #waiting: Uint8Array[] = [];
  #end: 'open' | 'ended' | Error = 'open';
  /** Ends the pull that waits for a chunk. */
  #pulled: (() => void) | null = null;
  #controller: Controller | null = null;

  constructor(body: CallBody) {
    this.#body = body;
  }

  pull(controller: Controller): Promise<void> | undefined {
    this.#controller = controller;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#body.start(this);
    }
    if (this.#give()) {
      return undefined;
    }
    return new Promise((resolve) => {
      this.#pulled = resolve;
    });
  }

  cancel(): void {
    this.#waiting = [];
    this.#body.cancel();
  }

  chunk(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#answerPull();
  }

  end(): void {
    this.#end = 'ended';
    this.#answerPull();
  }

  fail(message: string): void {
    this.#end = brokenBody(message);
    // A failed body fails at once, not after what has arrived of it: nobody should take a part for the whole.
    this.#waiting = [];
    this.#answerPull();
  }

  #answerPull(): void {
    if (this.#pulled !== null && this.#give()) {
      const pulled = this.#pulled;
      this.#pulled = null;
      pulled();
    }
  }

  /** Gives the reader one chunk, the end or the failure; false when there is nothing yet. */
  #give(): boolean {
    const controller = this.#controller as Controller;
    const bytes = this.#waiting.shift();
    if (bytes !== undefined) {
      const length = bytes.length;
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      this.#body.taken(length);
      return true;
    }
    if (this.#end === 'open') {
      return false;
    }
    if (this.#end === 'ended') {
      controller.close();
      controller.byobRequest?.respond(0);
    } else {
      controller.error(this.#end);
    }
    return true;
  }
}
