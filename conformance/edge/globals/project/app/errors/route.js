export const runtime = 'edge';

export function GET() {
  const error = new TypeError('mine', { cause: 'c' });
  return Response.json({
    stack: typeof error.stack,
    hasName: error.stack.startsWith('TypeError: mine'),
    cause: error.cause,
    instance: error instanceof Error,
    object: {} instanceof Object,
    array: [] instanceof Array,
    json: JSON.parse('[]') instanceof Array,
    headers: new Headers() instanceof Headers,
  });
}
