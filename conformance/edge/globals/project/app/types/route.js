export const runtime = 'edge';

/** The types of names that stand alone, each asked for by itself, as code does that looks where it runs. */
export function GET() {
  return Response.json({
    process: typeof process,
    Buffer: typeof Buffer,
    EdgeRuntime: typeof EdgeRuntime,
    setImmediate: typeof setImmediate,
    clearImmediate: typeof clearImmediate,
    global: typeof global,
    globalThis: typeof globalThis,
    self: typeof self,
    window: typeof window,
    document: typeof document,
    Deno: typeof Deno,
    Bun: typeof Bun,
    navigator: typeof navigator,
    localStorage: typeof localStorage,
    caches: typeof caches,
  });
}
