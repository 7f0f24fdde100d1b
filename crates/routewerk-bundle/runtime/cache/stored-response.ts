/**
 * Responses of `fetch` as they are stored: a line of JSON with status, URL and fields, then the body's bytes.
 */
import { isDevelopment, logValue } from '../handler/host.ts';
import { LightResponse } from '../web/response.ts';
import { tooLarge } from './size.ts';

interface Head {
  readonly status: number;
  readonly url: string;
  readonly headers: Record<string, string>;
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
  return respond(bytes.slice(end + 1), head.headers, head.status, '', head.url);
}

/** What is stored of a response. */
export function headOf(response: Response): Head {
  return { status: response.status, url: response.url, headers: Object.fromEntries(response.headers) };
}

/** The bytes of a stored response, or null where they are too many: that is logged as Next.js does. */
export function writeStored(head: Head, body: CollectedBody, revalidate: number, url: string): Uint8Array | null {
  const entry = { kind: 'FETCH', data: { headers: head.headers, body: '', status: head.status, url: head.url }, revalidate };
  const problem = tooLarge(entry, Math.ceil(body.length / 3) * 4, url);
  if (problem !== null || body.bytes === null) {
    const text = problem ?? `Failed to set Next.js data cache for ${url}`;
    logValue('warn', '', isDevelopment() ? new Error(text) : text);
    return null;
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`, 'utf8'), body.bytes]);
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

/** Reads a body to its end. */
export async function collectBody(body: ReadableStream<Uint8Array> | null): Promise<CollectedBody> {
  let pieces: Uint8Array[] | null = [];
  let length = 0;
  if (body !== null) {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      length += value.length;
      if (length > KEPT_BYTES) {
        pieces = null;
      }
      pieces?.push(value);
    }
  }
  return { bytes: pieces === null ? null : Buffer.concat(pieces), length };
}
