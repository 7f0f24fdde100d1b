export async function GET(request) {
  return new Date(0);
}
