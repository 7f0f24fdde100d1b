export const runtime = 'edge';

function tried(run) {
  try {
    return `no error, ${typeof run()}`;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export function GET() {
  return Response.json({
    setImmediate: tried(() => setImmediate(() => undefined)),
    clearImmediate: tried(() => clearImmediate(1)),
    BroadcastChannel: tried(() => new BroadcastChannel('a')),
    MessageChannel: tried(() => new MessageChannel()),
    CompressionStream: tried(() => new CompressionStream('gzip')),
    DecompressionStream: tried(() => new DecompressionStream('gzip')),
    MessagePort: tried(() => new MessagePort()),
  });
}
