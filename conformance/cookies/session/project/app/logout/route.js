import { NextResponse } from 'next/server';

import { close } from '../../lib/session';

export async function POST(request) {
  await close();
  return NextResponse.redirect(new URL('/', request.url), 303);
}
