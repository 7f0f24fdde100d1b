export async function POST(request) {
  const blob = await request.blob();
  return Response.json({ isBlob: blob instanceof Blob, type: blob.type, size: blob.size, text: await blob.text() });
}
