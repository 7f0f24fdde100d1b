export async function POST(request) {
  const parts = [];
  for await (const chunk of request.body) {
    parts.push(chunk instanceof Uint8Array ? Buffer.from(chunk).toString('latin1') : typeof chunk);
  }
  const text = parts.join('');
  return Response.json({ length: text.length, start: text.slice(0, 40), used: request.bodyUsed });
}
