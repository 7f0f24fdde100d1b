export async function GET(request) {
  throw { code: 'E', message: 'an object' };
}
