export async function GET(request) {
  const { NextResponse } = await import('next/server');
  return new NextResponse('from next/server', { status: 202 });
}
