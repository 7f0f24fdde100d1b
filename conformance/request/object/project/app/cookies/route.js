export function GET(request) {
  const { cookies } = request;
  return Response.json({
    all: cookies.getAll(),
    a: cookies.get('a') ?? 'undefined',
    byObject: cookies.get({ name: 'a' }) ?? 'undefined',
    allOfA: cookies.getAll('a'),
    has: [cookies.has('a'), cookies.has('nothing')],
    size: cookies.size,
    text: cookies.toString(),
    iterated: [...cookies],
  });
}
