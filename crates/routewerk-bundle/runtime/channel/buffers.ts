/**
 * The string methods of `Buffer` that `@types/node` leaves out. Node.js, Bun and Deno all have them; `toString(encoding)`
 * and `write(…, encoding)` come down to them after looking the encoding up, which costs 10 to 20 ns a call
 * (`crates/routewerk-engine/examples/call_speed.rs` drives the path on which that counts).
 */
export interface FrameBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
}

/** A buffer with memory of its own. It is not zeroed: whoever reads from it must have written there first. */
export function allocateFrames(bytes: number): FrameBuffer {
  return Buffer.allocUnsafeSlow(bytes) as FrameBuffer;
}
