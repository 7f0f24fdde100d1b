const variants = {
  string: () => new Response('grüße €'),
  'string-html': () => new Response('<p>x</p>', { headers: { 'content-type': 'text/html' } }),
  'array-buffer': () => new Response(new Uint8Array([1, 2, 255]).buffer),
  'uint8-array': () => new Response(new Uint8Array([0, 128, 255])),
  'data-view': () => new Response(new DataView(new Uint8Array([65, 66, 67, 68]).buffer, 1, 2)),
  'uint16-array': () => new Response(new Uint16Array([0x4142])),
  buffer: () => new Response(Buffer.from('from a Buffer')),
  blob: () => new Response(new Blob(['part one ', new Uint8Array([50])], { type: 'text/x-blob' })),
  'blob-without-type': () => new Response(new Blob(['x'])),
  file: () => new Response(new File(['file'], 'a.txt', { type: 'text/x-file' })),
  'search-params': () => new Response(new URLSearchParams({ a: '1 2', b: 'ü' })),
  object: () => new Response({ a: 1 }),
  number: () => new Response(5),
  null: () => new Response(null),
  undefined: () => new Response(undefined),
  'own-content-type': () => new Response(new Blob(['x'], { type: 'text/a' }), { headers: { 'content-type': 'text/b' } }),
  big: () => new Response('0123456789abcdef'.repeat(20000)),
  'big-bytes': () => new Response(new Uint8Array(300000).fill(7), { headers: { 'content-type': 'application/octet-stream' } }),
  'lone-surrogate': () => new Response('a\ud800b'),
};

export async function GET(request, { params }) {
  return variants[(await params).variant](request);
}
