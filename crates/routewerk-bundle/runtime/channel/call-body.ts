/**
 * The body of a call that is still arriving: chunks wait here until the handler half starts delivery, and credit
 * goes back to the front as the handler takes them.
 *
 * What waits is bounded by the window: the front sends no more than it has credit for.
 */

import { CREDIT_BATCH_BYTES } from './frames.ts';
import type { CallBody, CallBodySink } from './types.ts';

/** What a body tells its call. */
export interface CallBodyPort {
  /** Gives the front credit for so many further bytes. */
  credit(bytes: number): void;
  /** The rest is not wanted. */
  stop(): void;
}

/** A body that was there with the head. */
export class CompleteCallBody implements CallBody {
  readonly complete: Uint8Array;

  constructor(complete: Uint8Array) {
    this.complete = complete;
  }

  start(): void {
    throw new Error('a complete body has nothing to deliver');
  }

  taken(): void {}

  cancel(): void {}
}

/** A body that arrives chunk by chunk. */
export class ArrivingCallBody implements CallBody {
  readonly complete = null;
  readonly #port: CallBodyPort;
  #waiting: Uint8Array[] = [];
  #sink: CallBodySink | null = null;
  #taken = 0;
  #isOver = false;
  #failure: string | null = null;

  constructor(port: CallBodyPort) {
    this.#port = port;
  }

  /** Whether the handler half has asked for the chunks. */
  get isStarted(): boolean {
    return this.#sink !== null;
  }

  /** A chunk has arrived. */
  push(bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (this.#sink === null) this.#waiting.push(bytes);
    else this.#sink.chunk(bytes);
  }

  /** The body is over: complete, or failed with a message. Later ends are ignored. */
  finish(failure: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    this.#report();
  }

  start(sink: CallBodySink): void {
    this.#sink = sink;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) sink.chunk(bytes);
    if (this.#isOver) this.#report();
  }

  taken(bytes: number): void {
    if (this.#isOver) return;
    this.#taken += bytes;
    if (this.#taken < CREDIT_BATCH_BYTES) return;
    const credit = this.#taken;
    this.#taken = 0;
    this.#port.credit(credit);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#sink = null;
    this.#failure = 'the body was cancelled';
    this.#port.stop();
  }

  #report(): void {
    if (this.#sink === null) return;
    if (this.#failure === null) this.#sink.end();
    else this.#sink.fail(this.#failure);
  }
}
