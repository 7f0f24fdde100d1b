import { draftMode } from 'next/headers';

export const revalidate = 60;

export async function GET(): Promise<Response> {
  return new Response((await draftMode()).isEnabled ? 'draft' : 'stored');
}
