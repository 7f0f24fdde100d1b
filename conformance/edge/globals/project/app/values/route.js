export const runtime = 'edge';

export function GET() {
  return Response.json({
    EdgeRuntime,
    isGlobal: globalThis === self,
    onGlobal: globalThis.EdgeRuntime,
    inGlobal: 'EdgeRuntime' in globalThis,
    onSelf: self.EdgeRuntime,
    processOnGlobal: globalThis.process === process,
    versionOnGlobal: typeof globalThis.process.version,
    global: typeof global === 'undefined' ? null : global === globalThis,
  });
}
