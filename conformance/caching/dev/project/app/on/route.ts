import { draftMode } from 'next/headers';

export async function GET(): Promise<Response> {
  (await draftMode()).enable();
  return new Response('on');
}
