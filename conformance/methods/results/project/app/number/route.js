export async function GET(request) {
  return 5;
}
