export function GET(request) {
  const { cookies } = request;
  const steps = [];
  const look = (what) => steps.push([what, cookies.toString(), request.headers.get('cookie') ?? 'null']);
  look('before');
  cookies.set('b', 'two words; and ä');
  look('set');
  cookies.set({ name: 'c', value: '3' });
  look('set by object');
  cookies.set('a', 'new');
  look('set again');
  steps.push(['delete one', cookies.delete('a')]);
  look('deleted');
  steps.push(['delete several', cookies.delete(['b', 'nothing'])]);
  look('deleted several');
  cookies.clear();
  look('cleared');
  return Response.json(steps);
}
