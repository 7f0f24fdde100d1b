export const runtime = 'edge';

function tried(run) {
  try {
    return run() ?? null;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export function GET() {
  const name = 'NEXT_RUNTIME';
  return Response.json({
    written: process.env.NEXT_RUNTIME,
    computed: process.env[name],
    probe: process.env.PROBE,
    public: process.env.NEXT_PUBLIC_PROBE,
    absent: tried(() => process.env.NOT_THERE),
    keys: Object.keys(process),
    version: typeof process.version,
    versions: typeof process.versions,
    platform: typeof process.platform,
    pid: typeof process.pid,
    release: typeof process.release,
    cwd: tried(() => process.cwd()),
    nextTick: tried(() => process.nextTick(() => undefined)),
    exit: tried(() => process.exit(1)),
    on: tried(() => process.on('x', () => undefined)),
    hrtime: tried(() => process.hrtime()),
    memoryUsage: tried(() => process.memoryUsage()),
    nothing: typeof process.notThere,
    isNode: typeof process !== 'undefined' && process.versions != null && process.versions.node != null,
  });
}
