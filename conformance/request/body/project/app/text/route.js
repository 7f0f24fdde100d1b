export async function POST(request) {
  const text = await request.text();
  return Response.json({ text: text.slice(0, 200), length: text.length, used: request.bodyUsed });
}

export { POST as DELETE, POST as GET, POST as OPTIONS, POST as PATCH, POST as PUT };
