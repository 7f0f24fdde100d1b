/**
 * Values as the user's `cacheHandlers` see them: streams of bytes that mean nothing to them.
 *
 * A head line with the length and a hash of the text stands before it: what comes back torn, altered or from somebody else is told
 * from a value, whatever a handler has done with the bytes. Each chunk is UTF-8 on its own, so that a handler that
 * makes text of chunks gets the same back.
 */
import { builtin } from '../../builtins.ts';

/** How much of a text is one chunk. */
const CHUNK_UNITS = 16 * 1024;

/** More than this is not read back: no value is that large that was made within the limits of a generation. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;

/** A text as a stream of bytes. */
export function bytesOf(text: string): ReadableStream<Uint8Array> {
  let rest = `${headOf(text)}${text}`;
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull(controller): void {
        if (rest === '') {
          controller.close();
          return;
        }
        const end = endOfChunk(rest);
        controller.enqueue(encoder.encode(rest.slice(0, end)));
        rest = rest.slice(end);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The stream of a value whose making has failed. */
export function failedBytes(failure: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull(controller): void {
        controller.error(failure);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads chunks back into the text. Throws what is wrong with them. */
export function textOf(chunks: readonly Uint8Array[]): string {
  const whole = Buffer.concat(chunks).toString('utf8');
  const text = whole.slice(whole.indexOf('\n') + 1);
  if (!whole.startsWith(headOf(text))) {
    throw new Error('what came back is not what was stored');
  }
  return text;
}

function headOf(text: string): string {
  const hash = builtin('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `routewerk-1 ${text.length} ${hash}\n`;
}

/** Where a chunk ends: not within a pair of surrogates. */
function endOfChunk(text: string): number {
  const last = text.charCodeAt(CHUNK_UNITS - 1);
  return last >= 0xd800 && last <= 0xdbff ? CHUNK_UNITS - 1 : CHUNK_UNITS;
}
