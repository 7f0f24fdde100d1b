export function GET() {
  const names = ['FROM_ENV', 'OVERRIDDEN', 'EXPANDED', 'QUOTED', 'SINGLE', 'EMPTY', 'NEXT_PUBLIC_NAME', 'MULTI', 'ONLY_PRODUCTION', 'FROM_CONFIG', 'NODE_ENV', 'NEXT_RUNTIME', 'MISSING'];
  const direct = {
    fromEnv: process.env.FROM_ENV,
    fromConfig: process.env.FROM_CONFIG,
    public: process.env.NEXT_PUBLIC_NAME,
    nodeEnv: process.env.NODE_ENV,
    runtime: process.env.NEXT_RUNTIME,
    window: typeof window,
  };
  const { FROM_ENV: destructured } = process.env;
  return Response.json({ byName: Object.fromEntries(names.map((name) => [name, process.env[name] ?? 'undefined'])), direct, destructured });
}
