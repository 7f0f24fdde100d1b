export const runtime = 'edge';

export async function GET() {
  const clone = structuredClone({ date: new Date(0), map: new Map([[1, 2]]) });
  return Response.json({
    date: clone.date.toISOString(),
    map: clone.map.get(1),
    atob: atob('aGk='),
    decoded: new TextDecoder().decode(new TextEncoder().encode('ü')),
    intl: new Intl.NumberFormat('de').format(1234.5),
    time: typeof performance.now(),
  });
}
