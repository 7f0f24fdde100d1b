export const dynamic = 'force-dynamic';

/** Not an edge route: what edge code does to its `process` does not reach this one. */
export function GET() {
  return Response.json({
    env: process.env.SET_BY_HANDLER ?? null,
    hasVersion: process.version !== 'v0',
    runtime: process.env.NEXT_RUNTIME,
    edge: typeof EdgeRuntime,
    onGlobal: typeof globalThis.EdgeRuntime,
    immediate: typeof setImmediate(() => undefined),
  });
}
