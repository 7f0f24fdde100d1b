export async function GET(request) {
  return 'text';
}
