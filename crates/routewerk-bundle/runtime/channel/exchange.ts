/**
 * One call and its reply, as the handler half sees them, and the frames that they become.
 *
 * A call has three sides, each over once: its reply (END, FAIL or the front's ABORT), its body (arrived, failed or
 * not wanted) and, where the handler asked for it, the news that its reply was sent. When all are over the worker says so
 * with LAST or DONE and sends nothing further for the call's number, which the front may then use again. Every method
 * of an exchange that is over is harmless: a handler that goes on after its client has left does no damage.
 */

import { ArrivingCallBody, CompleteCallBody } from './call-body.ts';
import type { CallBodyPort } from './call-body.ts';
import type { FrameBuffer } from './buffers.ts';
import {
  CALL_CREDIT,
  CALL_HEAD_BYTES,
  DONE,
  END,
  FACTS,
  HAS_BODY,
  HEADER_BYTES,
  LAST,
  MAX_CHUNK_BYTES,
  NULL_BODY,
  REPLY,
  REPLY_BODY,
  REPLY_FAIL,
  REPLY_HEAD_BYTES,
  SIZED,
  STOP,
  WANT_SENT,
  WHOLE_REPLY_BYTES,
  WINDOW_BYTES,
} from './frames.ts';
import { readU32 } from './incoming.ts';
import { Outgoing, writeHeader, writeU32 } from './outgoing.ts';
import type { Gathering } from './outgoing.ts';
import { countSpentBytes } from './spent-bytes.ts';
import type { Call, CallBody, Reply } from './types.ts';

/** The exchanges of one data socket. */
export interface Exchanges {
  readonly outgoing: Outgoing;
  /** The exchange is over: its number belongs to the front again. */
  forget(number: number): void;
}

/** How far a reply has come. */
const REPLY_AWAITED = 0;
/** `head` was called; it leaves with the turn's first pieces. */
const REPLY_HEAD_HELD = 1;
/** The REPLY frame has left, the body's end has not. */
const REPLY_STREAMING = 2;
/** Complete, failed, or the client is gone. */
const REPLY_OVER = 3;

/** What a client that left did to a body that was still arriving. */
const CLIENT_GONE = 'the client closed the connection before the body was complete';

/** One call and its reply. */
export class Exchange implements Call, Reply, CallBodyPort, Gathering {
  readonly route: number;
  readonly method: number;
  readonly generation: number;
  readonly sequence: number;
  readonly body: CallBody | null;
  isAborted = false;
  onAbort: (() => void) | null = null;
  onSent: (() => void) | null = null;
  onCredit: (() => void) | null = null;
  facts: string | null = null;

  readonly #exchanges: Exchanges;
  readonly #number: number;
  readonly #head: string;
  readonly #urlEnd: number;
  readonly #paramsEnd: number;
  readonly #arriving: ArrivingCallBody | null;
  #reply = REPLY_AWAITED;
  #isBodyOver: boolean;
  #isSentDue = false;
  #isForgotten = false;
  #stream: ReplyStream | null = null;

  /** Reads a CALL's payload, `buffer[start, end)`. */
  constructor(
    exchanges: Exchanges,
    number: number,
    aux: number,
    flags: number,
    buffer: FrameBuffer,
    start: number,
    end: number,
  ) {
    const textStart = start + CALL_HEAD_BYTES;
    const urlLength = readU32(buffer, start + 4);
    const paramsEnd = urlLength + readU32(buffer, start + 8);
    const bodyStart = textStart + paramsEnd + readU32(buffer, start + 12);
    this.#exchanges = exchanges;
    this.#number = number;
    this.route = readU32(buffer, start);
    this.method = aux & 0xff;
    this.generation = aux >>> 8;
    this.sequence = readU32(buffer, start + 16) + readU32(buffer, start + 20) * 0x1_0000_0000;
    this.#head = buffer.latin1Slice(textStart, bodyStart);
    this.#urlEnd = urlLength;
    this.#paramsEnd = paramsEnd;
    if ((flags & HAS_BODY) === 0) {
      this.body = null;
      this.#arriving = null;
      this.#isBodyOver = true;
    } else if ((flags & END) !== 0) {
      this.body = new CompleteCallBody(copy(buffer, bodyStart, end));
      this.#arriving = null;
      this.#isBodyOver = true;
    } else {
      const arriving = new ArrivingCallBody(this);
      if (bodyStart < end) arriving.push(copy(buffer, bodyStart, end));
      this.body = arriving;
      this.#arriving = arriving;
      this.#isBodyOver = false;
    }
  }

  get url(): string {
    return this.#head.slice(0, this.#urlEnd);
  }

  get params(): string {
    return this.#head.slice(this.#urlEnd, this.#paramsEnd);
  }

  get headers(): string {
    return this.#head.slice(this.#paramsEnd);
  }

  whole(status: number, reason: string, headers: string, body: string | Uint8Array | null, wantSent: boolean): void {
    if (this.#reply !== REPLY_AWAITED) return;
    if (!isSendable(reason, headers)) {
      this.#refuse(wantSent);
      return;
    }
    this.#settleBody(wantSent);
    const facts = this.facts;
    const numbers = facts === null ? REPLY_HEAD_BYTES : REPLY_HEAD_BYTES + FACTS_LENGTH_BYTES;
    const head = HEADER_BYTES + numbers + headers.length + reason.length + (facts === null ? 0 : facts.length);
    const outgoing = this.#exchanges.outgoing;
    const isText = typeof body === 'string';
    // No UTF-16 unit takes more than three bytes of UTF-8.
    const most = body === null ? 0 : isText ? body.length * 3 : body.length;
    const buffer = !isText && Outgoing.isLarge(most) ? null : outgoing.reserve(head + most);
    if (buffer === null) {
      this.#wholeLarge(status, reason, headers, isText ? Buffer.from(body, 'utf8') : (body as Uint8Array), wantSent);
      return;
    }
    const start = outgoing.end;
    const bodyStart = start + head;
    let end = bodyStart;
    if (isText) end += buffer.utf8Write(body, bodyStart, most);
    else if (body !== null) {
      buffer.set(body, bodyStart);
      end += most;
    }
    const flags = this.#endReply(wantSent) | END | (body === null ? NULL_BODY : 0) | (wantSent ? WANT_SENT : 0);
    writeHead(buffer, start, end - start - HEADER_BYTES, flags, status, this.#number, reason, headers, numbers, facts);
    outgoing.advance(end);
  }

  head(status: number, reason: string, headers: string, wantSent: boolean): void {
    if (this.#reply !== REPLY_AWAITED) return;
    if (!isSendable(reason, headers)) {
      this.#refuse(wantSent);
      return;
    }
    this.#reply = REPLY_HEAD_HELD;
    this.#stream = new ReplyStream(status, reason, headers, wantSent, null);
  }

  piece(bytes: Uint8Array): boolean {
    const stream = this.#stream;
    if (stream === null || this.#reply === REPLY_OVER || stream.isEnding) return true;
    if (bytes.length > 0) stream.queue.push(bytes);
    this.#drain(stream);
    stream.isWaiting = stream.queue.length > 0 || stream.credit === 0;
    return !stream.isWaiting;
  }

  end(): void {
    const stream = this.#stream;
    if (stream === null || this.#reply === REPLY_OVER || stream.isEnding) return;
    stream.isEnding = true;
    this.#drain(stream);
  }

  fail(message: string): void {
    const stream = this.#stream;
    if (stream === null || this.#reply === REPLY_OVER) return;
    this.#sendGathered(stream);
    if (this.#reply === REPLY_HEAD_HELD) this.#sendHead(stream, EMPTY, true);
    this.#settleBody(stream.wantSent);
    const text = Buffer.from(message, 'utf8').subarray(0, MAX_CHUNK_BYTES);
    this.#exchanges.outgoing.frame(REPLY_FAIL, this.#endReply(stream.wantSent), this.#number, text);
  }

  /** Gives the front credit for so many further bytes of the call's body. */
  credit(bytes: number): void {
    if (!this.#isForgotten) this.#exchanges.outgoing.numberFrame(CALL_CREDIT, this.#number, bytes);
  }

  /** The rest of the call's body is not wanted. */
  stop(): void {
    if (this.#isBodyOver) return;
    this.#isBodyOver = true;
    this.#exchanges.outgoing.frame(STOP, 0, this.#number, null);
    this.#doneIfOver();
  }

  /** A chunk of the call's body has arrived. */
  bodyChunk(buffer: FrameBuffer, start: number, end: number, isEnd: boolean): void {
    if (this.#isBodyOver || this.#arriving === null) return;
    if (start < end) {
      this.#arriving.push(copy(buffer, start, end));
      countSpentBytes(end - start);
    }
    if (isEnd) this.bodyOver(null);
  }

  /** The call's body is over: complete, or failed with a message. */
  bodyOver(failure: string | null): void {
    if (this.#isBodyOver || this.#arriving === null) return;
    this.#isBodyOver = true;
    this.#arriving.finish(failure);
    this.#doneIfOver();
  }

  /** The front lets so many further bytes of reply body pass. */
  replyCredit(bytes: number): void {
    const stream = this.#stream;
    if (stream === null || this.#reply === REPLY_OVER) return;
    stream.credit += bytes;
    this.#drain(stream);
    if (!stream.isWaiting || stream.isEnding || stream.queue.length > 0 || stream.credit === 0) return;
    stream.isWaiting = false;
    this.onCredit?.();
  }

  /** The front has handed the reply to the client's socket. */
  sent(): void {
    if (!this.#isSentDue) return;
    this.#isSentDue = false;
    const onSent = this.onSent;
    this.#doneIfOver();
    onSent?.();
  }

  /** The client is gone, or the front has given the call up. */
  abort(): void {
    const wasOver = this.#reply === REPLY_OVER;
    const wasSentDue = this.#isSentDue;
    this.isAborted = !wasOver;
    this.#reply = REPLY_OVER;
    this.#stream?.discard(this.#exchanges.outgoing);
    this.#stream = null;
    this.#isSentDue = false;
    if (!this.#isBodyOver) {
      this.#isBodyOver = true;
      this.#arriving?.finish(CLIENT_GONE);
    }
    this.#doneIfOver();
    if (!wasOver) this.onAbort?.();
    else if (wasSentDue) this.onSent?.();
  }

  /** Answers 500 instead of a head that cannot be sent. What the handler half does with its reply from then on is harmless. */
  #refuse(wantSent: boolean): void {
    process.emitWarning('a reply was not sent: its header fields are too long or hold characters above U+00FF');
    // Without facts it is never stored.
    this.facts = null;
    this.whole(500, '', '', EMPTY, wantSent);
  }

  /** A complete body that is not copied into the gathering buffer: by reference, and with credit where it is long. */
  #wholeLarge(status: number, reason: string, headers: string, body: Uint8Array, wantSent: boolean): void {
    const outgoing = this.#exchanges.outgoing;
    const facts = this.facts;
    const numbers = facts === null ? REPLY_HEAD_BYTES : REPLY_HEAD_BYTES + FACTS_LENGTH_BYTES;
    const head = HEADER_BYTES + numbers + headers.length + reason.length + (facts === null ? 0 : facts.length);
    if (body.length > WHOLE_REPLY_BYTES) {
      this.#reply = REPLY_HEAD_HELD;
      this.#stream = new ReplyStream(status, reason, headers, wantSent, body.length);
      this.piece(body);
      this.end();
      return;
    }
    const flags = this.#endReply(wantSent) | END | (wantSent ? WANT_SENT : 0);
    const buffer = outgoing.reserve(head);
    const payload = head - HEADER_BYTES + body.length;
    if (buffer === null) {
      const own = Buffer.allocUnsafeSlow(head) as FrameBuffer;
      writeHead(own, 0, payload, flags, status, this.#number, reason, headers, numbers, facts);
      outgoing.reference(own);
    } else {
      const start = outgoing.end;
      writeHead(buffer, start, payload, flags, status, this.#number, reason, headers, numbers, facts);
      outgoing.advanceHead(start + head);
    }
    outgoing.reference(body);
  }

  /** Sends as much of what waits as there is credit for, and the end when nothing waits any more. */
  #drain(stream: ReplyStream): void {
    const outgoing = this.#exchanges.outgoing;
    const queue = stream.queue;
    let sent = 0;
    while (sent < queue.length && stream.credit > 0) {
      const bytes = queue[sent] as Uint8Array;
      const room = Math.min(stream.credit, MAX_CHUNK_BYTES);
      const part = bytes.length <= room ? bytes : bytes.subarray(0, room);
      if (part === bytes) sent++;
      else queue[sent] = bytes.subarray(room);
      stream.credit -= part.length;
      countSpentBytes(part.length);
      if (!Outgoing.isLarge(part.length)) {
        this.#gather(stream, part);
        continue;
      }
      this.#sendGathered(stream);
      if (this.#reply === REPLY_HEAD_HELD) {
        this.#sendHead(stream, part, false);
      } else if (stream.isEnding && sent === queue.length) {
        this.#settleBody(stream.wantSent);
        outgoing.frame(REPLY_BODY, END | this.#endReply(stream.wantSent), this.#number, part);
        return;
      } else {
        outgoing.frame(REPLY_BODY, 0, this.#number, part);
      }
    }
    if (sent > 0) queue.splice(0, sent);
    if (!stream.isEnding || queue.length > 0) return;
    if (this.#reply === REPLY_STREAMING && stream.gathered !== null) {
      this.#settleBody(stream.wantSent);
      const last = stream.gathered.subarray(0, stream.gatheredBytes);
      outgoing.copiedFrame(REPLY_BODY, END | this.#endReply(stream.wantSent), this.#number, last);
      stream.discard(outgoing);
      return;
    }
    this.#sendGathered(stream);
    if (this.#reply === REPLY_HEAD_HELD) {
      this.#stream = null;
      this.#reply = REPLY_AWAITED;
      this.whole(stream.status, stream.reason, stream.headers, EMPTY, stream.wantSent);
    } else {
      this.#settleBody(stream.wantSent);
      outgoing.frame(REPLY_BODY, END | this.#endReply(stream.wantSent), this.#number, null);
    }
  }

  /** Sets a small piece aside, so that the pieces of one turn leave as one frame: many small ones cost their receiver dear. */
  #gather(stream: ReplyStream, part: Uint8Array): void {
    const outgoing = this.#exchanges.outgoing;
    if (stream.gathered !== null && part.length > stream.gathered.length - stream.gatheredBytes) {
      this.#sendGathered(stream);
    }
    if (stream.gathered === null) {
      stream.gathered = outgoing.takeGather();
      stream.gathered.set(part, 0);
      stream.gatheredBytes = part.length;
      outgoing.defer(this);
      return;
    }
    stream.gathered.set(part, stream.gatheredBytes);
    stream.gatheredBytes += part.length;
  }

  /** Makes a frame of what was set aside. */
  settle(): void {
    if (this.#stream !== null) this.#sendGathered(this.#stream);
  }

  #sendGathered(stream: ReplyStream): void {
    const gathered = stream.gathered;
    if (gathered === null) return;
    stream.gathered = null;
    const bytes = gathered.subarray(0, stream.gatheredBytes);
    if (this.#reply === REPLY_HEAD_HELD) this.#sendHead(stream, bytes, true);
    else this.#exchanges.outgoing.copiedFrame(REPLY_BODY, 0, this.#number, bytes);
    this.#exchanges.outgoing.returnGather(gathered);
  }

  /** Sends the held head with a first piece, which is copied if it `isCopied` or written by reference. */
  #sendHead(stream: ReplyStream, first: Uint8Array, isCopied: boolean): void {
    this.#reply = REPLY_STREAMING;
    const outgoing = this.#exchanges.outgoing;
    const facts = this.facts;
    const numbers = REPLY_HEAD_BYTES + (stream.length === null ? 0 : 8) + (facts === null ? 0 : FACTS_LENGTH_BYTES);
    const text = stream.headers.length + stream.reason.length + (facts === null ? 0 : facts.length);
    const head = HEADER_BYTES + numbers + text;
    const needed = head + (isCopied ? first.length : 0);
    const flags = (stream.wantSent ? WANT_SENT : 0) | (stream.length === null ? 0 : SIZED);
    const payload = head - HEADER_BYTES + first.length;
    const shared = outgoing.reserve(needed);
    const buffer = shared ?? (Buffer.allocUnsafeSlow(needed) as FrameBuffer);
    const start = shared === null ? 0 : outgoing.end;
    writeHead(buffer, start, payload, flags, stream.status, this.#number, stream.reason, stream.headers, numbers, facts);
    if (stream.length !== null) {
      writeU32(buffer, start + HEADER_BYTES + 8, stream.length);
      writeU32(buffer, start + HEADER_BYTES + 12, Math.floor(stream.length / 0x1_0000_0000));
    }
    if (isCopied) buffer.set(first, start + head);
    if (shared === null) outgoing.reference(buffer);
    else if (isCopied) outgoing.advance(start + needed);
    else outgoing.advanceHead(start + needed);
    if (!isCopied) outgoing.reference(first);
  }

  /**
   * Before the frame that ends the reply: a body that nobody asked for while its reply was being made is not wanted.
   * It may write a frame, so it comes before room is reserved.
   */
  #settleBody(wantSent: boolean): void {
    if (this.#isBodyOver || this.#arriving === null || this.#arriving.isStarted) return;
    this.#isBodyOver = true;
    this.#arriving.finish('the reply was complete before the body was read');
    // Otherwise LAST says it.
    if (wantSent) this.#exchanges.outgoing.frame(STOP, 0, this.#number, null);
  }

  /** The reply is over with the frame that is being written; LAST for its flags when the exchange is over with it. */
  #endReply(wantSent: boolean): number {
    this.#reply = REPLY_OVER;
    this.#stream = null;
    this.#isSentDue = wantSent;
    if (wantSent || !this.#isBodyOver) return 0;
    this.#forget();
    return LAST;
  }

  #doneIfOver(): void {
    if (this.#isForgotten || this.#reply !== REPLY_OVER || !this.#isBodyOver || this.#isSentDue) return;
    this.#exchanges.outgoing.frame(DONE, 0, this.#number, null);
    this.#forget();
  }

  #forget(): void {
    this.#isForgotten = true;
    this.#exchanges.forget(this.#number);
  }
}

const EMPTY = new Uint8Array(0);

/** Bytes of the length of the facts. */
const FACTS_LENGTH_BYTES = 4;

/** The longest head of a reply. Far above what clients take, far below what a frame may hold. */
const MAX_HEAD_LENGTH = 1024 * 1024;

/** Written as latin-1 such a character would become another one: U+010A a line feed, and so the end of a field. */
const ABOVE_LATIN1 = /[^\x00-\xff]/;

/** Whether a reply's head can be sent. */
function isSendable(reason: string, headers: string): boolean {
  if (headers.length + reason.length > MAX_HEAD_LENGTH || ABOVE_LATIN1.test(headers)) return false;
  return reason === '' || !ABOVE_LATIN1.test(reason);
}

/** What a reply that is sent in pieces needs to remember. */
class ReplyStream {
  readonly status: number;
  readonly reason: string;
  readonly headers: string;
  readonly wantSent: boolean;
  /** The whole body's length, where it is known. */
  readonly length: number | null;
  /** Pieces that wait for credit; at most what one `piece` brought. */
  readonly queue: Uint8Array[] = [];
  credit = WINDOW_BYTES;
  /** `piece` has returned false and `onCredit` is due. */
  isWaiting = false;
  /** `end` was called. */
  isEnding = false;
  /** Small pieces of this turn, copied: whoever made them may write to them again. */
  gathered: FrameBuffer | null = null;
  gatheredBytes = 0;

  constructor(status: number, reason: string, headers: string, wantSent: boolean, length: number | null) {
    this.status = status;
    this.reason = reason;
    this.headers = headers;
    this.wantSent = wantSent;
    this.length = length;
  }

  /** Gives the buffer of the gathered pieces back. */
  discard(outgoing: Outgoing): void {
    if (this.gathered === null) return;
    outgoing.returnGather(this.gathered);
    this.gathered = null;
  }
}

/** Writes a REPLY's header, its numbers (of a SIZED one all but the size), its header block, its reason phrase and its facts. */
function writeHead(
  buffer: FrameBuffer,
  start: number,
  length: number,
  flags: number,
  status: number,
  number: number,
  reason: string,
  headers: string,
  numbers: number,
  facts: string | null,
): void {
  writeHeader(buffer, start, length, REPLY, facts === null ? flags : flags | FACTS, status, number);
  const at = start + HEADER_BYTES;
  writeU32(buffer, at, headers.length);
  writeU32(buffer, at + 4, reason.length);
  const text = at + numbers;
  if (headers.length > 0) buffer.latin1Write(headers, text, headers.length);
  if (reason.length > 0) buffer.latin1Write(reason, text + headers.length, reason.length);
  if (facts === null) return;
  writeU32(buffer, text - FACTS_LENGTH_BYTES, facts.length);
  buffer.latin1Write(facts, text + headers.length + reason.length, facts.length);
}

/** Bytes with memory of their own, for a receiver that keeps them. */
function copy(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const own = new Uint8Array(end - start);
  own.set(buffer.subarray(start, end));
  return own;
}
