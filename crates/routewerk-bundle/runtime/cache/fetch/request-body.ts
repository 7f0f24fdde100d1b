/**
 * The body of a `fetch` that is looked up: its bytes are part of the key, so a stream is read first, up to a limit.
 */
import type { KeyHash } from '../key.ts';

/** The longest stream that is read for a key. A longer one goes to the origin as it is. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A body that was added to a key, and what is sent in its place: a stream can be read but once. */
export interface KeyedBody {
  readonly isKeyed: boolean;
  readonly body: BodyInit | null | undefined;
}

/** A body could not be read: `cause` is what it failed with. */
export class BodyFailure extends TypeError {
  constructor(cause: unknown) {
    super('fetch failed', { cause });
  }

  static {
    // As the platform's own: a name that is not of the class, so that it is printed as any other.
    Object.defineProperty(BodyFailure, 'name', { value: 'TypeError' });
  }
}

/** Adds a body to a key. Every kind has a mark of its own, because it decides the default content type. */
export async function addBody(key: KeyHash, body: unknown): Promise<KeyedBody> {
  const same = { isKeyed: true, body: body as BodyInit | null | undefined };
  if (body === null || body === undefined) {
    key.add(null);
    return same;
  }
  if (typeof body === 'string') {
    key.add('text').add(body);
    return same;
  }
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    // Copied: whoever made it may write to it while the front is asked.
    const bytes = ArrayBuffer.isView(body)
      ? new Uint8Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer)
      : new Uint8Array(body.slice(0));
    key.add('bytes').add(bytes);
    return { isKeyed: true, body: bytes };
  }
  if (body instanceof URLSearchParams) {
    const text = body.toString();
    key.add('params').add(text);
    return { isKeyed: true, body: new URLSearchParams(text) };
  }
  if (body instanceof FormData) {
    return { isKeyed: true, body: await addForm(key, body) };
  }
  if (body instanceof Blob) {
    key.add('blob').add(body.type).add(new Uint8Array(await body.arrayBuffer()));
    return same;
  }
  if (body instanceof ReadableStream) {
    return addStream(key, body);
  }
  // Numbers, generators, streams of Node.js: they are sent, and nothing is kept (Next.js).
  throw new Error(`Unsupported body type: ${typeof body}`);
}

/** Adds a form, and makes a copy of it: whoever made it may write to it while the front is asked. */
async function addForm(key: KeyHash, form: FormData): Promise<FormData> {
  const entries = [...form];
  const copy = new FormData();
  entries.forEach(([name, value]) => copy.append(name, value as string));
  key.add('form').add(String(entries.length));
  for (const [name, value] of entries) {
    key.add(name);
    if (typeof value === 'string') {
      key.add(value);
    } else {
      key.add('file').add(value.name).add(value.type).add(new Uint8Array(await value.arrayBuffer()));
    }
  }
  return copy;
}

async function addStream(key: KeyHash, body: ReadableStream): Promise<KeyedBody> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const iterator = (body as ReadableStream & AsyncIterable<unknown>)[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await nextPiece(iterator);
    if (done === true) {
      const bytes = Buffer.concat(pieces);
      key.add('bytes').add(bytes);
      return { isKeyed: true, body: bytes as unknown as BodyInit };
    }
    const piece = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
    if (!(piece instanceof Uint8Array)) {
      throw new TypeError('Received non-Uint8Array chunk');
    }
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_BYTES) {
      return { isKeyed: false, body: rejoin(pieces, iterator) };
    }
  }
}

/** A stream that fails while it is read for a key fails the `fetch`, as it would while it is sent. */
async function nextPiece(pieces: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await pieces.next();
  } catch (failure) {
    throw new BodyFailure(failure);
  }
}

/** A stream of what was read already, and then of the rest. */
function rejoin(pieces: Uint8Array[], rest: AsyncIterator<unknown>): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const piece = pieces.shift();
      if (piece !== undefined) {
        controller.enqueue(piece);
        return;
      }
      const { done, value } = await rest.next();
      if (done === true) {
        controller.close();
      } else {
        controller.enqueue(value);
      }
    },
    async cancel() {
      await rest.return?.();
    },
  });
}
