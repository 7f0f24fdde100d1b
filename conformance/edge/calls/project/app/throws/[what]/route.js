import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from 'next/navigation';
import { NextResponse } from 'next/server';

export const runtime = 'edge';

export async function GET(request, { params }) {
  switch ((await params).what) {
    case 'error':
      throw new Error('thrown at the edge');
    case 'string':
      throw 'a string';
    case 'response':
      throw new Response('a response');
    case 'undefined':
      return undefined;
    case 'object':
      return { a: 1 };
    case 'response-error':
      return Response.error();
    case 'not-found':
      return notFound();
    case 'forbidden':
      return forbidden();
    case 'unauthorized':
      return unauthorized();
    case 'redirect':
      return redirect('/elsewhere');
    case 'permanent':
      return permanentRedirect('https://example.com/a?b=c');
    case 'next':
      return NextResponse.next();
    case 'rewrite':
      return NextResponse.rewrite(new URL('/request', request.url));
    case 'status':
      return new Response('teapot', { status: 418, statusText: 'Short and stout' });
    case 'bad-status':
      return new Response(null, { status: 600 });
    default:
      return new Response('nothing was thrown');
  }
}

export const POST = GET;
