export async function GET(request) {
  const name = request.headers.get('x-module');
  try {
    const module = await import(name);
    return Response.json({ separator: module.sep, required: require(name).sep });
  } catch (error) {
    return Response.json([error.name, error.message, error.code]);
  }
}
