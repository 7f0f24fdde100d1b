/**
 * Bodies as the web classes keep them: the value that was given, as long as nobody asks for a stream.
 *
 * Reading follows the Fetch standard (section 3.2, "consume body"). What needs multipart parsing, or an error that
 * the platform words, is left to the platform's own `Response`.
 */
import { Readable } from 'node:stream';

import { native } from './native.ts';
import type { IncomingBody } from './incoming-body.ts';

/** A body: nothing, text, bytes, a blob, a stream, or a request body that may still be arriving. */
export type BodyValue = null | string | Uint8Array<ArrayBuffer> | Blob | ReadableStream | IncomingBody;

/** A stream of bytes as ours are made. */
export type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Whether a value is a stream of this realm; does not load the stream classes for values that are none. */
export function isStream(value: object): value is ReadableStream {
  return value instanceof ReadableStream;
}

/** Whether a body is a stream. */
export function isStreamBody(body: BodyValue): body is ReadableStream {
  return body !== null && typeof body === 'object' && !ArrayBuffer.isView(body) && isStream(body);
}

/** Two bodies that can be read independently. */
export function splitBody(body: BodyValue): [BodyValue, BodyValue] {
  if (body === null || typeof body === 'string' || body instanceof Blob) {
    return [body, body];
  }
  return ArrayBuffer.isView(body) ? [body, copyBytes(body)] : (toStream(body) as ReadableStream).tee();
}

/** Whether something has been read from a stream, or it was cancelled. */
export function isDisturbed(value: ReadableStream): boolean {
  if (!isDeno) {
    return Readable.isDisturbed(value as never);
  }
  // Deno's `node:stream` does not know about web streams; its `Response` refuses those that are no longer whole.
  try {
    return new (native().Response)(value).bodyUsed;
  } catch {
    return true;
  }
}

const isDeno = 'Deno' in globalThis;

/** Whether a stream can no longer be read by us. */
export function isUnusable(value: ReadableStream): boolean {
  return value.locked || isDisturbed(value);
}

type Utf8Slice = (this: Uint8Array, start: number, end: number) => string;
const utf8Slice = (Buffer.prototype as { utf8Slice?: Utf8Slice }).utf8Slice;
let decoder: TextDecoder | undefined;
let encoder: TextEncoder | undefined;

/** Decodes UTF-8 as the standard does: a leading byte order mark is dropped, malformed parts become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (utf8Slice === undefined) {
    decoder ??= new TextDecoder();
    return decoder.decode(bytes);
  }
  const text = utf8Slice.call(bytes, 0, bytes.length);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Encodes to UTF-8; lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder();
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Makes a stream that gives `bytes` in one piece. */
export function streamOf(bytes: Uint8Array<ArrayBuffer>): ByteStream {
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (bytes.length !== 0) {
        controller.enqueue(bytes);
      }
      controller.close();
      controller.byobRequest?.respond(0);
    },
  }) as ByteStream;
}

/** The stream that stands for a body; null for a null body. */
export function toStream(body: BodyValue): ReadableStream | null {
  if (body === null) {
    return null;
  }
  if (typeof body === 'string') {
    return streamOf(encodeUtf8(body));
  }
  if (ArrayBuffer.isView(body)) {
    return streamOf(body);
  }
  return isStream(body) ? body : body.stream();
}

/** Reads a body to its end as bytes, at once where they are at hand. */
export function readBytes(body: BodyValue): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) {
    return new Uint8Array(0);
  }
  if (typeof body === 'string') {
    return encodeUtf8(body);
  }
  if (ArrayBuffer.isView(body)) {
    return body;
  }
  if (isStream(body)) {
    return readStream(body);
  }
  return body instanceof Blob ? body.arrayBuffer().then((buffer) => new Uint8Array(buffer)) : body.collect();
}

/** Reads a body to its end as text, at once where it is at hand. */
export function readText(body: BodyValue): string | Promise<string> {
  if (typeof body === 'string') {
    return wellFormed(body);
  }
  const bytes = readBytes(body);
  return ArrayBuffer.isView(bytes) ? decodeUtf8(bytes) : bytes.then(decodeUtf8);
}

/** What text becomes on its way through UTF-8 and back. */
function wellFormed(text: string): string {
  const well = text.isWellFormed() ? text : text.toWellFormed();
  return well.charCodeAt(0) === 0xfeff ? well.slice(1) : well;
}

async function readStream(body: ReadableStream): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Array<Uint8Array<ArrayBuffer>> = [];
  let length = 0;
  const reader = body.getReader() as ReadableStreamDefaultReader<unknown>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return joinBytes(chunks, length);
    }
    if (!(value instanceof Uint8Array)) {
      throw new TypeError('Received non-Uint8Array chunk');
    }
    chunks.push(value as Uint8Array<ArrayBuffer>);
    length += value.length;
  }
}

/** Joins pieces whose lengths add up to `length`. A single piece is returned as it is. */
export function joinBytes(pieces: ReadonlyArray<Uint8Array<ArrayBuffer>>, length: number): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) {
    return pieces[0] as Uint8Array<ArrayBuffer>;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A copy of bytes that nobody else can change. */
export function copyBytes(source: ArrayBuffer | ArrayBufferView): Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer.slice(source.byteOffset, source.byteOffset + source.byteLength) as ArrayBuffer)
    : new Uint8Array(source.slice(0));
}

/** Reads a body as a form, as the platform does. */
export async function readFormData(body: BodyValue, contentType: string | null): Promise<FormData> {
  const bytes = await readBytes(body);
  const { Response } = native();
  return new Response(bytes, contentType === null ? {} : { headers: { 'content-type': contentType } }).formData();
}

/** Reads a body as a blob of the type that the header names, as the platform does. */
export async function readBlob(body: BodyValue, contentType: string | null): Promise<Blob> {
  const bytes = await readBytes(body);
  const { Response } = native();
  return new Response(bytes, contentType === null ? {} : { headers: { 'content-type': contentType } }).blob();
}

/** The error of reading a body for the second time, as the platform words it. */
export async function unusableError(): Promise<never> {
  const { Response } = native();
  const spent = new Response('');
  await spent.text();
  await spent.text();
  throw new TypeError('Body is unusable: Body has already been read');
}

/** Throws what the platform throws when something is cloned whose body has been read. */
export function throwUncloneable(kind: 'Request' | 'Response'): never {
  const classes = native();
  const spent =
    kind === 'Response' ? new classes.Response('x') : new classes.Request('http://localhost', { method: 'POST', body: 'x' });
  spent.body?.getReader();
  spent.clone();
  throw new TypeError(`${kind}.clone: Body has already been consumed.`);
}
