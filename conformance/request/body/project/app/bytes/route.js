export async function POST(request) {
  const buffer = await request.arrayBuffer();
  return Response.json({ isBuffer: buffer instanceof ArrayBuffer, bytes: [...new Uint8Array(buffer)].slice(0, 40), length: buffer.byteLength });
}
