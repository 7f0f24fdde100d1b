let calls = 0;

export function GET() {
  calls += 1;
  if (calls % 2 === 1) {
    throw new Error('every other call');
  }
  return Response.json(calls);
}
