export async function GET(request) {
  class Answer {}
  return new Answer();
}
