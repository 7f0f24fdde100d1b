export async function GET(request) {
  return true;
}
