export async function GET(request) {
  return request.nothing.here;
}
