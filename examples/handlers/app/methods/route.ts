const answer = (request: Request) =>
  Response.json({ method: request.method }, { headers: { "x-method": request.method } });

export async function GET(request: Request) {
  return answer(request);
}

export async function HEAD(request: Request) {
  return answer(request);
}

export async function POST(request: Request) {
  return answer(request);
}

export async function PUT(request: Request) {
  return answer(request);
}

export async function DELETE(request: Request) {
  return answer(request);
}

export async function PATCH(request: Request) {
  return answer(request);
}

// OPTIONS is answered from the other methods.
