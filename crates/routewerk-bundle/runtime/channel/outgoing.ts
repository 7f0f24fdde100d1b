/**
 * Gathers the frames that a worker writes to one socket in one turn of the event loop, and writes them at once.
 *
 * A turn's first frame schedules the write: `process.nextTick` from a microtask runs when the microtasks have come
 * to rest, so the replies of all handlers that were ready in this turn leave together. Two things cut a turn short:
 * a full buffer, and a frame that has waited for a millisecond while handlers computed.
 *
 * The buffer is used again as soon as the socket has passed its bytes to the system, which is nearly always before
 * `write` returns. The memory held beyond that is what the front has not read yet, and the front bounds that: bodies by
 * credit, heads by the number of its calls.
 */

import type { Socket } from 'node:net';

import { allocateFrames } from './buffers.ts';
import type { FrameBuffer } from './buffers.ts';
import { HEADER_BYTES } from './frames.ts';

/** Size of a gathering buffer. Half a megabyte of 64 calls' replies would not be faster; a turn rarely fills this. */
const BUFFER_BYTES = 64 * 1024;

/** Bytes from which a piece is written by reference; below, copying it costs less than a second element in the write. */
const BY_REFERENCE_BYTES = 8 * 1024;

/** How long a finished frame may wait for others of its turn. */
const MAX_WAIT_MS = 1;

/** Size of a buffer in which one reply gathers small pieces. */
const GATHER_BYTES = 32 * 1024;

/** How many such buffers are kept for later. */
const MAX_SPARE_GATHERS = 64;

/** Something that holds bytes back until the frames of this turn are written. */
export interface Gathering {
  /** Makes frames of what is held back. Nothing may be held back afterwards. */
  settle(): void;
}

/** The frames of one socket that have not been written yet. */
export class Outgoing {
  readonly #socket: Socket;
  readonly #flush: () => void;
  readonly #schedule: () => void;
  #buffer: FrameBuffer = allocateFrames(BUFFER_BYTES);
  #length = 0;
  #inFlight: FrameBuffer[] = [];
  #spare: FrameBuffer[] = [];
  #isScheduled = false;
  #isReading = false;
  #firstAt = 0;
  #gatherings: Gathering[] = [];
  readonly #spareGathers: FrameBuffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#flush = (): void => {
      this.#isScheduled = false;
      this.#settle();
      this.#write();
    };
    this.#schedule = (): void => process.nextTick(this.#flush);
  }

  /** Between `beginTurn` and `endTurn` calls are handed out one after the other; nothing is scheduled meanwhile. */
  beginTurn(): void {
    this.#isReading = true;
  }

  /** The handlers that were just called run on in microtasks; the write follows when these have come to rest. */
  endTurn(): void {
    this.#isReading = false;
    if ((this.#length > 0 || this.#gatherings.length > 0) && !this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(this.#schedule);
    }
  }

  /**
   * Makes room for `bytes` more and returns the buffer to write them to, or null when no buffer holds that many.
   * The bytes go to `end` and count once `advance` is called.
   */
  reserve(bytes: number): FrameBuffer | null {
    if (bytes > BUFFER_BYTES - this.#length) {
      if (bytes > BUFFER_BYTES) return null;
      this.#write();
    }
    return this.#buffer;
  }

  /** Where the next byte goes. */
  get end(): number {
    return this.#length;
  }

  /** Counts the bytes up to `end` as written, and sees to it that they leave. */
  advance(end: number): void {
    const isDue = this.#isDue();
    this.#length = end;
    if (isDue) {
      this.#settle();
      this.#write();
    } else {
      this.#scheduleWrite();
    }
  }

  /** As `advance`, for a head whose payload goes to `reference` next: nothing may come between the two. */
  advanceHead(end: number): void {
    this.#length = end;
  }

  /** Has `gathering` make its frames before this turn's write. It says so once for what it holds back. */
  defer(gathering: Gathering): void {
    const isDue = this.#isDue();
    this.#gatherings.push(gathering);
    if (isDue) {
      this.#settle();
      this.#write();
    } else {
      this.#scheduleWrite();
    }
  }

  /** A buffer in which a reply gathers pieces that are small, for `returnGather` afterwards. */
  takeGather(): FrameBuffer {
    return this.#spareGathers.pop() ?? allocateFrames(GATHER_BYTES);
  }

  /** Takes a buffer back whose bytes are no longer needed. */
  returnGather(buffer: FrameBuffer): void {
    if (this.#spareGathers.length < MAX_SPARE_GATHERS) this.#spareGathers.push(buffer);
  }

  /** Whether what waits, if anything, has waited long enough; the clock starts with the first that does. */
  #isDue(): boolean {
    const now = performance.now();
    if (this.#length === 0 && this.#gatherings.length === 0) {
      this.#firstAt = now;
      return false;
    }
    return now - this.#firstAt >= MAX_WAIT_MS;
  }

  #scheduleWrite(): void {
    if (!this.#isScheduled && !this.#isReading) {
      this.#isScheduled = true;
      process.nextTick(this.#flush);
    }
  }

  #settle(): void {
    if (this.#gatherings.length === 0) return;
    const due = this.#gatherings;
    this.#gatherings = [];
    // The clock starts anew: a frame of one must not have all the others written a frame each.
    this.#firstAt = performance.now();
    for (const gathering of due) gathering.settle();
  }

  /** A frame without payload, or with `payload` of at most 64 KiB. Large payloads are not copied. */
  frame(kind: number, flags: number, number: number, payload: Uint8Array | null): void {
    if (payload === null || payload.length < BY_REFERENCE_BYTES) {
      this.copiedFrame(kind, flags, number, payload);
      return;
    }
    const buffer = this.reserve(HEADER_BYTES) as FrameBuffer;
    writeHeader(buffer, this.#length, payload.length, kind, flags, 0, number);
    this.#length += HEADER_BYTES;
    this.reference(payload);
  }

  /** A frame whose payload, at most 63 KiB, may change as soon as this returns. */
  copiedFrame(kind: number, flags: number, number: number, payload: Uint8Array | null): void {
    const length = payload === null ? 0 : payload.length;
    const needed = HEADER_BYTES + length;
    const buffer = this.reserve(needed) as FrameBuffer;
    const start = this.#length;
    writeHeader(buffer, start, length, kind, flags, 0, number);
    if (payload !== null) buffer.set(payload, start + HEADER_BYTES);
    this.advance(start + needed);
  }

  /** A frame whose payload is one `u32`. */
  numberFrame(kind: number, number: number, value: number): void {
    const buffer = this.reserve(HEADER_BYTES + 4) as FrameBuffer;
    const start = this.#length;
    writeHeader(buffer, start, 4, kind, 0, 0, number);
    writeU32(buffer, start + HEADER_BYTES, value);
    this.advance(start + HEADER_BYTES + 4);
  }

  /** Writes all that has been gathered, and then `bytes` without copying them, in one system call. */
  reference(bytes: Uint8Array): void {
    const socket = this.#socket;
    const length = this.#length;
    socket.cork();
    if (length > 0) socket.write(this.#buffer.subarray(0, length));
    socket.write(bytes);
    socket.uncork();
    if (length > 0) this.#reuse();
  }

  /** Whether `bytes` are better passed to `reference` than copied. */
  static isLarge(bytes: number): boolean {
    return bytes >= BY_REFERENCE_BYTES;
  }

  #write(): void {
    if (this.#length === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#length));
    this.#reuse();
  }

  /** Starts a new gathering: in the same buffer, unless the socket still needs what is in it. */
  #reuse(): void {
    this.#length = 0;
    if (this.#socket.writableLength === 0) {
      if (this.#inFlight.length > 0) {
        this.#spare = this.#inFlight;
        this.#inFlight = [];
      }
      return;
    }
    this.#inFlight.push(this.#buffer);
    this.#buffer = this.#spare.pop() ?? allocateFrames(BUFFER_BYTES);
  }
}

/** Writes a frame's header. */
export function writeHeader(
  buffer: FrameBuffer,
  at: number,
  length: number,
  kind: number,
  flags: number,
  aux: number,
  number: number,
): void {
  writeU32(buffer, at, length);
  buffer[at + 4] = kind;
  buffer[at + 5] = flags;
  buffer[at + 6] = aux;
  buffer[at + 7] = aux >>> 8;
  writeU32(buffer, at + 8, number);
}

/** Writes a little-endian `u32`. */
export function writeU32(buffer: FrameBuffer, at: number, value: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
}
