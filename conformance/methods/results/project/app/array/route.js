export async function GET(request) {
  return [1, 2];
}
