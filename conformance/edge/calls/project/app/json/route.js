import { NextResponse } from 'next/server';

export const runtime = 'edge';

export async function POST(request) {
  const response = NextResponse.json({ got: await request.json() }, { status: 201 });
  response.cookies.set('seen', 'yes', { maxAge: 0 });
  return response;
}

export async function PUT(request) {
  const form = await request.formData();
  const file = form.get('file');
  return Response.json({
    name: form.get('name'),
    file: file === null || typeof file === 'string' ? file : [file.name, file.type, await file.text(), file instanceof File],
  });
}

export async function PATCH(request) {
  try {
    await request.json();
    return new Response('parsed');
  } catch (error) {
    return new Response(`${error.name}: ${error.message}`, { status: 400 });
  }
}
