export async function GET(request) {
  throw undefined;
}
