export const PUT = async (request) => {
  globalThis.kept = await request.json();
  return new Response(null, { status: 204 });
};
