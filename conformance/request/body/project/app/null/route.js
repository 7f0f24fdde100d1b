export function GET(request) {
  return Response.json({ body: request.body === null ? 'null' : 'a stream', used: request.bodyUsed });
}

export { GET as DELETE, GET as OPTIONS, GET as POST };
