export async function GET(request) {
  return { a: 1 };
}
