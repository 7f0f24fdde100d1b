export const runtime = 'edge';

const NAMES = [
  ...['BroadcastChannel', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'DecompressionStream'],
  ...['DomException', 'MessageChannel', 'MessageEvent', 'MessagePort', 'ReadableByteStreamController'],
  ...['ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'TransformStreamDefaultController'],
  ...['WritableStreamDefaultController', 'clearImmediate', 'setImmediate', 'require', 'module', 'exports', '__dirname', '__filename'],
];

export function GET() {
  return Response.json(Object.fromEntries(NAMES.map((name) => [name, typeof globalThis[name]])));
}
