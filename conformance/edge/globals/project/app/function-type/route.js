export const runtime = 'edge';

export function GET() {
  const bound = Function.prototype.bind.call((a) => a + 1, null, 1);
  return Response.json({ instance: GET instanceof Function, name: Function.name, bound: bound() });
}
