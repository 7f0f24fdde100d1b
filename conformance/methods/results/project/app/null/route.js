export async function GET(request) {
  return null;
}
