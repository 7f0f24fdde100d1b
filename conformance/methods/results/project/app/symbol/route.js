export async function GET(request) {
  return Symbol('x');
}
