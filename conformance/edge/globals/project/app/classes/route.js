export const runtime = 'edge';

const NAMES = [
  ...['AbortController', 'AbortSignal', 'Blob', 'Cache', 'CacheStorage', 'CompressionStream', 'CountQueuingStrategy'],
  ...['Crypto', 'CryptoKey', 'DOMException', 'DecompressionStream', 'Event', 'EventTarget', 'FetchEvent', 'File', 'FormData'],
  ...['Headers', 'MessageEvent', 'Performance', 'PromiseRejectionEvent', 'ReadableByteStreamController', 'ReadableStream'],
  ...['ReadableStreamBYOBReader', 'ReadableStreamDefaultReader', 'Request', 'Response', 'SubtleCrypto', 'TextDecoder'],
  ...['TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'URL', 'URLPattern', 'URLSearchParams'],
  ...['WebAssembly', 'WebSocket', 'WritableStream', 'WritableStreamDefaultWriter', 'AsyncLocalStorage', 'Intl', 'WeakRef'],
  ...['FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'BigInt64Array', 'Proxy', 'Reflect'],
  ...['atob', 'btoa', 'fetch', 'queueMicrotask', 'structuredClone', 'setTimeout', 'setInterval', 'clearTimeout'],
  ...['clearInterval', 'addEventListener', 'removeEventListener', 'dispatchEvent', 'crypto', 'console', 'performance'],
];

export function GET() {
  return Response.json(Object.fromEntries(NAMES.map((name) => [name, typeof globalThis[name]])));
}
