import { NextResponse } from 'next/server';

export function GET(request) {
  const before = request.cookies.get('theme')?.value ?? 'light';
  const response = NextResponse.json({ before });
  response.cookies.set('theme', before === 'light' ? 'dark' : 'light');
  return response;
}
