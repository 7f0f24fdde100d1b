import { draftMode } from 'next/headers';
import { notFound, redirect } from 'next/navigation';

export const dynamic = 'force-dynamic';

export async function GET(request) {
  (await draftMode()).enable();
  if (request.nextUrl.searchParams.has('missing')) {
    notFound();
  }
  if (request.nextUrl.searchParams.has('fail')) {
    throw new Error('after enabling');
  }
  redirect('/plain');
}
