/**
 * `text()`, `json()` and the other readers of the `Body` mixin (Fetch standard, section 5.3), once for requests and
 * responses.
 */
import { copyBytes, readBlob, readBytes, readFormData, readText, unusableError } from './body.ts';
import type { BodyValue } from './body.ts';

/** How the readers get at an object's private parts. */
export interface BodyAccess<T extends object> {
  /** Whether the object is one of ours: the platform's objects inherit from our prototypes. */
  isOurs(target: object): target is T;
  /** Takes the body to be read, once; undefined when it can no longer be read. */
  take(target: T): BodyValue | undefined;
  /** The value of `content-type`. */
  contentType(target: T): string | null;
}

/** The readers, as members of a class whose prototype they are defined on. */
export interface BodyReaders {
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  formData(): Promise<FormData>;
  json(): Promise<unknown>;
  text(): Promise<string>;
}

/** Defines the readers on a prototype. */
export function defineBodyReaders<T extends object>(prototype: T, access: BodyAccess<T>): void {
  const { isOurs, take, contentType } = access;

  /** Reads the body once; what `read` throws becomes the promise's reason. */
  function consume<R>(target: T, read: (body: BodyValue) => R | Promise<R>): Promise<R> {
    try {
      const body = take(target);
      return body === undefined ? unusableError() : Promise.resolve(read(body));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  const readers: BodyReaders & ThisType<T> = {
    arrayBuffer() {
      return consume(this, (body) => {
        const bytes = readBytes(body);
        return ArrayBuffer.isView(bytes) ? ownBuffer(bytes) : bytes.then(ownBuffer);
      });
    },
    blob() {
      return consume(this, (body) => readBlob(body, contentType(this)));
    },
    bytes() {
      if (!isOurs(this)) {
        // The platform's class may be older than this method.
        return (this as unknown as Response).arrayBuffer().then((buffer) => new Uint8Array(buffer));
      }
      return consume(this, (body) => {
        const bytes = readBytes(body);
        return ArrayBuffer.isView(bytes) ? new Uint8Array(ownBuffer(bytes)) : bytes;
      });
    },
    formData() {
      return consume(this, (body) => readFormData(body, contentType(this)));
    },
    json() {
      return consume(this, (body) => {
        const text = readText(body);
        return typeof text === 'string' ? (JSON.parse(text) as unknown) : text.then(parseJson);
      });
    },
    text() {
      return consume(this, readText);
    },
  };
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(readers));
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

/** The buffer of bytes that are nobody else's; a copy where they are a part of a larger one. */
function ownBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : copyBytes(bytes).buffer;
}
