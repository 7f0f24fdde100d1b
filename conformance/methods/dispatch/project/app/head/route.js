export function HEAD() {
  return new Response('never sent', { status: 203, headers: { 'x-from': 'head', 'content-length': '10' } });
}
