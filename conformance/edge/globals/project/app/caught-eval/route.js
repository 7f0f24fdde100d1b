export const runtime = 'edge';

function tried(run) {
  try {
    return run();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export function GET() {
  return Response.json([
    tried(() => globalThis['eval']('1 + 1')),
    tried(() => new Function('return 1')()),
    tried(() => Function('return 2')()),
    tried(() => typeof setTimeout('1 + 1', 0)),
  ]);
}
