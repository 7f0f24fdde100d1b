export async function GET(request) {
  throw new Error('outer', { cause: new Error('inner') });
}
