/**
 * Cuts what a socket reads into frames, in place.
 *
 * The socket reads into one buffer; a frame that is not complete moves to the buffer's start and the next read continues
 * behind it. Only a frame longer than the buffer gets a buffer of its own, for as long as it takes. Whoever
 * handles a frame must copy what he keeps: the bytes are overwritten by the next read.
 *
 * The front is trusted: a frame that makes no sense here is a mistake of ours, and throws.
 */

import { allocateFrames } from './buffers.ts';
import type { FrameBuffer } from './buffers.ts';
import { HEADER_BYTES, MAX_PAYLOAD_BYTES } from './frames.ts';

/** Room for a CALL with a full window of inline body and its head, or for some 200 calls of a turn. */
const BUFFER_BYTES = 128 * 1024;

/** Takes one frame; its payload is `buffer[start, end)`. */
export type FrameHandler = (
  kind: number,
  flags: number,
  aux: number,
  number: number,
  buffer: FrameBuffer,
  start: number,
  end: number,
) => void;

/** What a socket has read and nobody has handled yet. */
export class Incoming {
  readonly #handle: FrameHandler;
  readonly #base: FrameBuffer = allocateFrames(BUFFER_BYTES);
  #buffer: FrameBuffer = this.#base;
  #filled = 0;

  constructor(handle: FrameHandler) {
    this.#handle = handle;
  }

  /** Where the next read goes. */
  readonly space = (): Uint8Array => (this.#filled === 0 ? this.#buffer : this.#buffer.subarray(this.#filled));

  /** Handles every frame that `bytes` more bytes in `space` complete. */
  read(bytes: number): void {
    const buffer = this.#buffer;
    const end = this.#filled + bytes;
    let at = 0;
    while (end - at >= HEADER_BYTES) {
      const length = readU32(buffer, at);
      const next = at + HEADER_BYTES + length;
      if (next > end) {
        this.#keep(buffer, at, end, HEADER_BYTES + length);
        return;
      }
      const kind = buffer[at + 4] as number;
      const flags = buffer[at + 5] as number;
      const aux = (buffer[at + 6] as number) | ((buffer[at + 7] as number) << 8);
      this.#handle(kind, flags, aux, readU32(buffer, at + 8), buffer, at + HEADER_BYTES, next);
      at = next;
    }
    this.#keep(buffer, at, end, HEADER_BYTES);
  }

  /** Keeps the beginning of a frame of `needed` bytes for the next read. */
  #keep(buffer: FrameBuffer, start: number, end: number, needed: number): void {
    if (needed > HEADER_BYTES + MAX_PAYLOAD_BYTES) throw new Error(`frame of ${needed} bytes from the front`);
    this.#filled = end - start;
    if (needed > buffer.length) {
      this.#buffer = allocateFrames(needed);
    } else if (needed <= this.#base.length) {
      this.#buffer = this.#base;
    }
    if (this.#filled > 0 && (start > 0 || this.#buffer !== buffer)) buffer.copy(this.#buffer, 0, start, end);
  }
}

/** Reads a little-endian `u32`. */
export function readU32(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at] as number) |
      ((buffer[at + 1] as number) << 8) |
      ((buffer[at + 2] as number) << 16) |
      ((buffer[at + 3] as number) << 24)) >>>
    0
  );
}
