export async function GET(request) {
  return Response.json({
    method: request.method,
    url: request.url,
    headers: [...request.headers],
    cookies: request.cookies.getAll(),
  });
}

export { GET as POST };
