import { draftMode } from 'next/headers';

export async function GET() {
  return new Response(String((await draftMode()).isEnabled));
}
