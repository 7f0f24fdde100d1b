export async function GET(request) {
  throw 'a string';
}
