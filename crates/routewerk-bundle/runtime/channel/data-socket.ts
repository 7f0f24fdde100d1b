/**
 * The calls of one front thread: reads CALL and the frames that belong to calls, and hands the calls out.
 *
 * Call numbers are small and used again, so the table of calls is an array that they index. A frame for a number
 * that is not in the table belongs to a call that has just ended here, and is dropped.
 */

import type { Socket } from 'node:net';

import type { FrameBuffer } from './buffers.ts';
import { Exchange } from './exchange.ts';
import type { Exchanges } from './exchange.ts';
import { ABORT, CALL, CALL_BODY, CALL_FAIL, END, REPLY_CREDIT, SENT } from './frames.ts';
import { type Incoming, readU32 } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import type { Dispatch } from './types.ts';

/** What the data sockets of a worker share. */
export interface Calls {
  /** The handler half. */
  dispatch: Dispatch;
  /** How many calls are not over. */
  inFlight: number;
  /** Called whenever `inFlight` has become 0. */
  onIdle(): void;
}

/** The worker's end of one data socket. */
export class DataSocket implements Exchanges {
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly #calls: Calls;
  readonly #exchanges: (Exchange | null)[] = [];

  constructor(calls: Calls, socket: Socket, incoming: Incoming) {
    this.#calls = calls;
    this.outgoing = new Outgoing(socket);
    this.incoming = incoming;
  }

  forget(number: number): void {
    this.#exchanges[number] = null;
    this.#calls.inFlight -= 1;
    if (this.#calls.inFlight === 0) this.#calls.onIdle();
  }

  /** Handles the frames of one read. */
  read(bytes: number): void {
    this.outgoing.beginTurn();
    this.incoming.read(bytes);
    this.outgoing.endTurn();
  }

  /** Handles one frame. */
  handle(
    kind: number,
    flags: number,
    aux: number,
    number: number,
    buffer: FrameBuffer,
    start: number,
    end: number,
  ): void {
    if (kind === CALL) {
      const exchange = new Exchange(this, number, aux, flags, buffer, start, end);
      this.#exchanges[number] = exchange;
      this.#calls.inFlight += 1;
      this.#calls.dispatch(exchange, exchange);
      return;
    }
    const exchange = this.#exchanges[number];
    if (exchange === null || exchange === undefined) return;
    switch (kind) {
      case CALL_BODY:
        exchange.bodyChunk(buffer, start, end, (flags & END) !== 0);
        return;
      case CALL_FAIL:
        exchange.bodyOver(buffer.utf8Slice(start, end));
        return;
      case ABORT:
        exchange.abort();
        return;
      case REPLY_CREDIT:
        exchange.replyCredit(readU32(buffer, start));
        return;
      case SENT:
        exchange.sent();
        return;
      default:
        throw new Error(`frame of kind ${kind} from the front`);
    }
  }
}
