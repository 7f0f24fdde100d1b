// Every method, each answering with its own name and what it was sent.
async function answer(request) {
  return Response.json({ method: request.method, body: await request.text() });
}

export const GET = answer;
export const POST = answer;
export const PUT = answer;
export const PATCH = answer;
export const DELETE = answer;
export const HEAD = answer;
export const OPTIONS = answer;
