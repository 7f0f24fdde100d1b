export async function GET(request) {
  const { cookies } = await import('next/headers');
  (await cookies()).set('a', '1');
  throw new Error('after a cookie');
}
