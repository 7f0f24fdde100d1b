import { calls, forget } from '../../lib/calls.cjs';

// What the handlers were asked since `?forget`; `?of=` names one of them.
export async function GET(request) {
  const query = request.nextUrl.searchParams;
  if (query.has('forget')) {
    forget();
    return new Response('forgotten');
  }
  const lines = calls().filter(([name]) => !query.has('of') || query.get('of') === name);
  return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
