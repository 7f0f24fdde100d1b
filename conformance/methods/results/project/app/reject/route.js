export async function GET(request) {
  return Promise.reject(new RangeError('rejected'));
}
