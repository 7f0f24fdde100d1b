import { headers } from 'next/headers';

export async function GET() {
  return new Response((await headers()).get('x-seen') ?? 'none');
}
