import { NextResponse } from 'next/server';

export const runtime = 'edge';

function tried(run) {
  try {
    const response = run();
    return [response.status, response.headers.get('location')];
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

export function GET(request) {
  return Response.json([
    tried(() => NextResponse.redirect('/relative')),
    tried(() => NextResponse.redirect(new URL('/absolute', request.url))),
    tried(() => Response.redirect(new URL('/absolute', request.url))),
    tried(() => Response.redirect('http://example.com', 200)),
  ]);
}
