/**
 * Responses of `fetch` as they are stored: a line of JSON with status, URL and fields, then the body's bytes.
 */
import { isDevelopment, logValue } from '../../handler/host.ts';
import { LightResponse } from '../../web/response.ts';
import { tooLarge } from '../size.ts';
import { hasUserStore } from '../user/user-store.ts';
import type { ValueData } from '../user/user-values.ts';

interface Head {
  readonly status: number;
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** How a response is stored. */
interface Storing {
  /** Seconds. */
  readonly revalidate: number;
  /** Nobody has asked for it. */
  readonly isImplicit: boolean;
  /** For messages. */
  readonly url: string;
}

const LINE_FEED = 10;

/** The response that is stored in `bytes`; null where they are none. */
export function readStored(bytes: Uint8Array<ArrayBuffer>): Response | null {
  const end = bytes.indexOf(LINE_FEED);
  if (end === -1) {
    return null;
  }
  let head: Head;
  try {
    head = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8')) as Head;
  } catch {
    return null;
  }
  const { headers, status, url } = head;
  const response = new LightResponse(bytes.slice(end + 1), { headers, status }) as unknown as Response;
  // Without more, as Next.js does: it is no enumerable property then.
  Object.defineProperty(response, 'url', { value: url });
  return response;
}

/** What is stored of a response. */
export function headOf(response: Response): Head {
  return { status: response.status, url: response.url, headers: Object.fromEntries(response.headers) };
}

/** The bytes of a stored response, or null where they are too many: that is logged as Next.js does, unless nobody has asked for it. */
export function writeStored(head: Head, body: CollectedBody, { revalidate, isImplicit, url }: Storing): Uint8Array | null {
  const entry = { kind: 'FETCH', data: { headers: head.headers, body: '', status: head.status, url: head.url }, revalidate };
  const problem = tooLarge(entry, Math.ceil(body.length / 3) * 4, url);
  if (problem !== null || body.bytes === null) {
    if (isImplicit) {
      return null;
    }
    const text = problem ?? `Failed to set Next.js data cache for ${url}`;
    logValue('warn', '', isDevelopment() ? new Error(text) : text);
    return null;
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`, 'utf8'), body.bytes]);
}

/** The bytes of a response that is stored in Next.js's form. */
export function responseBytes({ status, url, headers, body }: ValueData): Uint8Array<ArrayBuffer> {
  const head = Buffer.from(`${JSON.stringify({ status, url, headers })}\n`, 'utf8');
  return new Uint8Array(Buffer.concat([head, Buffer.from(body ?? '', 'base64')])) as Uint8Array<ArrayBuffer>;
}

/** A response that looks like the origin's. */
export function respond(
  body: BodyInit | null,
  headers: HeadersInit,
  status: number,
  statusText: string,
  url: string,
): Response {
  const response = new LightResponse(body, { headers, status, statusText }) as unknown as Response;
  Object.defineProperty(response, 'url', { value: url, configurable: true, enumerable: true, writable: false });
  return response;
}

/** A body that was read to its end: all of it, or only how long it was. */
export interface CollectedBody {
  readonly bytes: Uint8Array | null;
  readonly length: number;
}

/** How many bytes of a body are kept while it is read; no longer one is stored. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** The same where the user's own store keeps it, which may have another limit than Next.js. */
const KEPT_BY_USER_BYTES = 64 * 1024 * 1024;

/** Reads a body to its end. */
export async function collectBody(body: ReadableStream<Uint8Array> | null): Promise<CollectedBody> {
  let pieces: Uint8Array[] | null = [];
  let length = 0;
  const limit = hasUserStore() ? KEPT_BY_USER_BYTES : KEPT_BYTES;
  if (body !== null) {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      length += value.length;
      if (length > limit) {
        pieces = null;
      }
      pieces?.push(value);
    }
  }
  return { bytes: pieces === null ? null : Buffer.concat(pieces), length };
}
